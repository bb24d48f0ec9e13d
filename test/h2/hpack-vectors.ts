/** The examples of RFC 7541 appendix C: each connection with its header blocks in order, and the table behind each. */

export interface HpackVector {
  readonly name: string;
  readonly tableBytes: number;
  readonly blocks: readonly {
    readonly hex: string;
    readonly fields: readonly (readonly [name: string, value: string])[];
    /** Size of the dynamic table afterwards. */
    readonly tableBytes: number;
  }[];
}

const FIRST_REQUEST = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "www.example.com"],
] as const;
const SECOND_REQUEST = [...FIRST_REQUEST, ["cache-control", "no-cache"]] as const;
const THIRD_REQUEST = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/index.html"],
  [":authority", "www.example.com"],
  ["custom-key", "custom-value"],
] as const;
const FIRST_ANSWER = [
  [":status", "302"],
  ["cache-control", "private"],
  ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["location", "https://www.example.com"],
] as const;
const SECOND_ANSWER = [[":status", "307"], ...FIRST_ANSWER.slice(1)] as const;
const THIRD_ANSWER = [
  [":status", "200"],
  ["cache-control", "private"],
  ["date", "Mon, 21 Oct 2013 20:13:22 GMT"],
  ["location", "https://www.example.com"],
  ["content-encoding", "gzip"],
  ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
] as const;

export const HPACK_VECTORS: readonly HpackVector[] = [
  {
    name: "C.2.1 literal with indexing",
    tableBytes: 4096,
    blocks: [
      {
        hex: "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
        fields: [["custom-key", "custom-header"]],
        tableBytes: 55,
      },
    ],
  },
  {
    name: "C.2.2 literal without indexing",
    tableBytes: 4096,
    blocks: [{ hex: "040c2f73616d706c652f70617468", fields: [[":path", "/sample/path"]], tableBytes: 0 }],
  },
  {
    name: "C.2.3 literal never indexed",
    tableBytes: 4096,
    blocks: [{ hex: "100870617373776f726406736563726574", fields: [["password", "secret"]], tableBytes: 0 }],
  },
  {
    name: "C.2.4 indexed",
    tableBytes: 4096,
    blocks: [{ hex: "82", fields: [[":method", "GET"]], tableBytes: 0 }],
  },
  {
    name: "C.3 requests without Huffman",
    tableBytes: 4096,
    blocks: [
      { hex: "828684410f7777772e6578616d706c652e636f6d", fields: FIRST_REQUEST, tableBytes: 57 },
      { hex: "828684be58086e6f2d6361636865", fields: SECOND_REQUEST, tableBytes: 110 },
      {
        hex: "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        fields: THIRD_REQUEST,
        tableBytes: 164,
      },
    ],
  },
  {
    name: "C.4 requests with Huffman",
    tableBytes: 4096,
    blocks: [
      { hex: "828684418cf1e3c2e5f23a6ba0ab90f4ff", fields: FIRST_REQUEST, tableBytes: 57 },
      { hex: "828684be5886a8eb10649cbf", fields: SECOND_REQUEST, tableBytes: 110 },
      { hex: "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", fields: THIRD_REQUEST, tableBytes: 164 },
    ],
  },
  {
    name: "C.5 answers without Huffman, with eviction",
    tableBytes: 256,
    blocks: [
      {
        hex: "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        fields: FIRST_ANSWER,
        tableBytes: 222,
      },
      { hex: "4803333037c1c0bf", fields: SECOND_ANSWER, tableBytes: 222 },
      {
        hex: "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
        fields: THIRD_ANSWER,
        tableBytes: 215,
      },
    ],
  },
  {
    name: "C.6 answers with Huffman, with eviction",
    tableBytes: 256,
    blocks: [
      {
        hex: "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        fields: FIRST_ANSWER,
        tableBytes: 222,
      },
      { hex: "4883640effc1c0bf", fields: SECOND_ANSWER, tableBytes: 222 },
      {
        hex: "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        fields: THIRD_ANSWER,
        tableBytes: 215,
      },
    ],
  },
];
