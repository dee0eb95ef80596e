/** Azure's SDK alone: the managed identity of the node, and the exchange of ACR, which no SDK has. */
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { ManagedIdentityCredential } from "@azure/identity";

async function main(): Promise<void> {
  const { token } = await new ManagedIdentityCredential().getToken(
    "https://containerregistry.azure.net/.default",
  );
  const outgoing = request("https://myregistry.azurecr.io/oauth2/exchange", {
    method: "POST",
    agent: new Agent({ proxyEnv: process.env }),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  outgoing.on("response", async (incoming) => process.stdout.write(await text(incoming)));
  const form = { grant_type: "access_token", service: "myregistry.azurecr.io", access_token: token };
  outgoing.end(new URLSearchParams(form).toString());
}

main();
