import {
  IdentityPoolClient,
  type IdentityPoolClientOptions,
} from "google-auth-library/build/src/auth/identitypoolclient.js";
import { StsCredentials } from "google-auth-library/build/src/auth/stscredentials.js";

/**
 * Google's own client of its Security Token Service. It asks by a gaxios of its own, whatever transporter it is given; here by the
 * one that it is given, in the way in which it changes it for client certificates.
 */
export class PoolClient extends IdentityPoolClient {
  constructor(options: IdentityPoolClientOptions) {
    super(options);
    this.stsCredential = new StsCredentials({
      tokenExchangeEndpoint: this.getTokenUrl(),
      transporter: this.transporter,
    });
  }
}
