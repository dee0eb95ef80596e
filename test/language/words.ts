/** The word lists of the language test. CONTRIBUTING.md describes the rules behind them. */

/** Words that must not start a comment: a comment starts with a noun, or with a verb in the third person. */
export const OPENERS: ReadonlySet<string> = new Set(
  `
    what who whom whose where which it its of so by as nothing nobody one another then without else given they these
    those that
  `
    .trim()
    .split(/\s+/),
);

/** Words for persons. A process, caller, pod author, operator or service has a name. */
export const PERSONS = /\b(who|whom|whose|whoever|nobody|somebody|anybody|everybody)\b/gi;

/** Expressions for which docs/develop/glossary.md has a technical term. */
export const DIALECT =
  /\b(letter by letter|small letters|to mend|mends?|mended|come about|comes of|stands there|be it that|lest|in its place|of ours|meanwhile|thrice|anyhow)\b/gi;

/** Verbs with which the name of a function starts. */
export const VERBS: ReadonlySet<string> = new Set(
  `
    accept acquire add advance align allow announce append apply approve ask assemble assert assign assume
    attach authenticate authorize await be begin bind build bundle cache calculate call can cancel
    canonicalize capture cast check choose classify clear clone close collect combine compare compile
    complete compose compute concat configure confirm connect consume contains convert copy count create cut
    debug decide decode decrypt deduplicate default defer define delay delegate delete deny derive describe
    detect determine discard discover divide do does drop dump emit encode encrypt end enforce ensure enter
    enumerate equals escape evaluate evict exchange exclude execute exit expand expect expire explain export
    expose extend extract fail fetch fill filter find finish flush follow forget format forward freeze from
    generate get group handle has hash hide hold identify ignore impersonate import include indent index
    infer inherit init inspect install invoke is issue iterate join keep kill leave lint list listen load
    locate lock log login look lower make map mark mask match matches may measure merge move must name
    narrow needs negotiate normalize note notify observe omit open order pad parse pass pick pipe plan poll
    predict prepare print probe proceed provide prune publish pull push put query quote race raise read reap
    receive record recover redact reduce refer refresh refuse register reject release remember remove rename
    render renew repair repeat replace replay report request require reserve reset resolve respond restore
    restrict retain retry return reuse reveal revoke rewrite rotate round route run sanitize save scan
    schedule seal search see select send separate serve set settle shorten should show shuffle sign simulate
    skip sleep sort spawn split spread start stat stop store strip submit subtract supports suppress swap
    sweep switch synthesize take terminate test throttle throw to toggle touch trace track transform
    translate traverse treat trim truncate try turn unlock unpack unquote unseal unwrap update upgrade use
    validate vary verify visit wait walk warm warn watch will withdraw wrap write yield zero
  `
    .trim()
    .split(/\s+/),
);
