import assert from "node:assert/strict";
import { test } from "node:test";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECRPUBLICClient } from "@aws-sdk/client-ecr-public";
import { STSClient } from "@aws-sdk/client-sts";
import { partition as sdkPartition } from "@aws-sdk/core/client";
import {
  AWS_PARTITIONS,
  isRegionInPartition,
  regionalEndpoint,
  STANDARD_ENDPOINT,
} from "../../../src/clouds/aws/partitions.ts";
import { RULE } from "../../../src/config/schema.ts";
import { readVectors } from "../../registries/vectors.ts";

const regions = new Map(
  readVectors()
    .genuine.filter(({ family }) => family === "ecr")
    .map(({ coordinates }) => [String(coordinates["region"]), String(coordinates["partition"])]),
);

for (const partition of AWS_PARTITIONS) {
  test(`${partition.name} has the suffixes of AWS's own table`, () => {
    const [region = ""] = [...regions].find(([, name]) => name === partition.name) ?? [];
    const { name, dnsSuffix, dualStackDnsSuffix } = sdkPartition(region);
    assert.deepEqual(
      [partition.name, partition.suffix, partition.dualStackApiSuffix],
      [name, dnsSuffix, dualStackDnsSuffix],
    );
  });
}

const VARIANTS = [false, true].flatMap((fips) => [false, true].map((dualStack) => ({ fips, dualStack })));

/** The endpoints of STS in the registry's region, in every partition. */
for (const partition of AWS_PARTITIONS)
  for (const [region] of [...regions].filter(([, name]) => name === partition.name))
    test(`every endpoint variant of ${partition.name} in ${region} is the same as in AWS's SDKs`, () => {
      const sdk = {
        sts: new STSClient({ region }).config,
        ecr: new ECRClient({ region }).config,
      };
      for (const variant of VARIANTS) {
        const params = { Region: region, UseFIPS: variant.fips, UseDualStack: variant.dualStack };
        const sts = sdk.sts.endpointProvider({ ...params, UseGlobalEndpoint: false });
        assert.equal(regionalEndpoint("sts", region, partition, variant), sts.url.origin);
        const ecr = sdk.ecr.endpointProvider(params);
        assert.equal(regionalEndpoint("ecr", region, partition, variant), ecr.url.origin);
      }
    });

test("ECR Public's endpoint is the same as in AWS's SDK", () => {
  const region = "us-east-1";
  const { config } = new ECRPUBLICClient({ region });
  const [aws] = AWS_PARTITIONS;
  assert.ok(aws);
  const { url } = config.endpointProvider({ Region: region, UseFIPS: false, UseDualStack: false });
  assert.equal(regionalEndpoint("ecr-public", region, aws, STANDARD_ENDPOINT), url.origin);
  const dual = config.endpointProvider({ Region: region, UseFIPS: false, UseDualStack: true });
  assert.equal(
    regionalEndpoint("ecr-public", region, aws, { fips: false, dualStack: true }),
    dual.url.origin,
  );
});

test("the configuration's schema accepts the regions of all partitions and no other name", () => {
  const { pattern } = RULE.properties.aws.properties.region;
  const others = [
    "cnn-north-1",
    "cn-north1",
    "us-govv-west-1",
    "us-isoc-east-1",
    "eu-isof-west-1",
    "eusc-east-1",
    "us-east",
    "us-east-0",
  ];
  for (const region of [
    ...regions.keys(),
    "ab-northeast-12",
    "us-isob-west-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
    ...others,
  ])
    assert.equal(
      new RegExp(pattern).test(region),
      AWS_PARTITIONS.some((partition) => isRegionInPartition(partition, region)),
      region,
    );
  for (const region of others) assert.equal(new RegExp(pattern).test(region), false, region);
});

test("each region belongs to exactly one partition, the same as in AWS's own table", () => {
  for (const [region, name] of regions) {
    const owners = AWS_PARTITIONS.filter((partition) => isRegionInPartition(partition, region));
    assert.deepEqual(
      owners.map((owner) => owner.name),
      [name],
      region,
    );
    assert.equal(sdkPartition(region).name, name);
  }
});
