import type { CacheStore, StoredFile } from "../../src/core/world.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";

/** A cache directory in memory, which tests can inspect and damage. */
export class MemoryStore implements CacheStore {
  readonly files = new Map<string, string>();
  readonly modified = new Map<string, number>();
  /** Whether writes fail as on a full file system. */
  isFull = false;
  /** Whether deletions have no effect and the directory counts as read-only. */
  isReadOnly = false;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  read(name: string): string | undefined {
    return this.files.get(name);
  }

  peek(name: string): string | undefined {
    return this.files.get(name);
  }

  write(name: string, text: string): void {
    this.#requireRoom();
    this.#put(name, text);
  }

  createExclusive(name: string, text: string): boolean {
    this.#requireRoom();
    if (this.files.has(name)) return false;
    this.#put(name, text);
    return true;
  }

  readLock(name: string): string | undefined {
    return this.files.get(name);
  }

  incrementCounter(name: string): void {
    this.#put(name, `${this.files.get(name) ?? ""}.`);
  }

  remove(name: string): void {
    if (this.isReadOnly) return;
    this.files.delete(name);
    this.modified.delete(name);
  }

  list(): readonly StoredFile[] {
    return [...this.files].map(([name, text]) => ({
      name,
      size: text.length,
      modified: this.modified.get(name) ?? 0,
    }));
  }

  isWritable(): boolean {
    return !this.isReadOnly;
  }

  #put(name: string, text: string): void {
    this.files.set(name, text);
    this.modified.set(name, this.#now());
  }

  #requireRoom(): void {
    if (this.isFull) throw new ProviderError("cache-unusable", { detail: "full" });
  }
}
