/** The SDK of ECR alone: instance role and one call. The default credential chain would cost more. */
import { Agent } from "node:https";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { fromInstanceMetadata } from "@smithy/credential-provider-imds";
import { NodeHttpHandler } from "@smithy/node-http-handler";

async function main(): Promise<void> {
  const client = new ECRClient({
    region: "us-east-1",
    credentials: fromInstanceMetadata(),
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ proxyEnv: process.env }) }),
  });
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  process.stdout.write(authorizationData?.[0]?.authorizationToken ?? "");
}

main();
