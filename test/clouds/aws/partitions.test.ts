import assert from "node:assert/strict";
import { test } from "node:test";
import { STSClient } from "@aws-sdk/client-sts";
import { partition as sdkPartition } from "@aws-sdk/core/client";
import { AWS_PARTITIONS, isRegionOf } from "../../../src/clouds/aws/partitions.ts";
import { regionalEndpoint } from "../../../src/clouds/aws/role.ts";
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

/** The registry's region is STS's, in every partition. */
for (const [region, name] of regions)
  test(`STS of ${name} in ${region} is where AWS's own SDK finds it`, async () => {
    const { config } = new STSClient({ region, useDualstackEndpoint: false, useFipsEndpoint: false });
    const params = { Region: region, UseDualStack: false, UseFIPS: false, UseGlobalEndpoint: false };
    assert.equal(regionalEndpoint(region), config.endpointProvider(params).url.origin);
  });

test("each region belongs to one partition, the one that AWS's own table has it in", () => {
  for (const [region, name] of regions) {
    const owners = AWS_PARTITIONS.filter((partition) => isRegionOf(partition, region));
    assert.deepEqual(
      owners.map((owner) => owner.name),
      [name],
      region,
    );
    assert.equal(sdkPartition(region).name, name);
  }
});
