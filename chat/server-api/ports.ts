/** The reply to a request of the server API. */
export interface StoredReply {
  statusCode: number;
  body: object;
}

/** Stores the replies to requests of the server API by idempotency key. */
export interface IdempotencyKeys {
  /**
   * Claims a key for a request, unless another request has claimed or used it. Takes over a claim without a reply from
   * before `staleBefore`.
   *
   * @returns undefined if the key is claimed now, otherwise the earlier request and its reply if it has one.
   */
  claim(claim: {
    key: string;
    requestHash: string;
    now: number;
    staleBefore: number;
  }): Promise<{ requestHash: string; reply?: StoredReply } | undefined>;
  storeReply(key: string, reply: StoredReply): Promise<void>;
  release(key: string): Promise<void>;
}
