import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fromHttp } from "@aws-sdk/credential-provider-http";
import { send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

const pod = (authorization: string) =>
  send(cloud, `http://${cloud.addresses.container}/v1/credentials`, { headers: { authorization } });

test("serves the AWS SDK a pod's keys at the Pod Identity agent and a task's at the ECS endpoint", async () => {
  for (const name of ["aws-pod-identity", "aws-ecs"] as const) {
    const env = cloud.env(name);
    const provider = fromHttp({
      awsContainerCredentialsFullUri: env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "",
      awsContainerAuthorizationToken: env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] ?? "",
    });
    assert.match((await provider()).accessKeyId, /^ASIA/);
  }
});

test("requires a valid token for the agent's audience, of a ServiceAccount with a role", async () => {
  const audience = "pods.eks.amazonaws.com";
  assert.equal((await pod("")).body, "Service account token cannot be empty\n");
  assert.equal((await pod(cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }))).status, 400);
  assert.match((await pod(`Bearer ${cloud.serviceAccountToken({ audience })}`)).body, /cannot be parsed/);
  assert.match((await pod(cloud.serviceAccountToken({ audience, life: -1 }))).body, /token is expired/);
  assert.match((await pod(cloud.serviceAccountToken({ audience, forged: true }))).body, /InvalidToken/);
  assert.equal(
    (await pod(cloud.serviceAccountToken({ audience, subject: "system:serviceaccount:a:b" }))).status,
    404,
  );
});
