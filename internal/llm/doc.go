// Package llm asks OpenAI-compatible endpoints for chat completions, and for
// the vectors of texts, pays for each answer once, and says precisely what went
// wrong when there is none.
//
// One call of [Client.Complete] goes through these stages:
//
//  1. The request becomes one canonical JSON body (sorted keys, temperature 0
//     included). Endpoint, body, repeat, sample and reask hash to a [Key].
//  2. The response [Cache] is asked. Under offline the story ends here, with
//     [ClassOfflineMiss] naming what is missing.
//  3. Callers asking for the same key at the same time wait for one of them.
//  4. The exchange runs over go-openai, behind a transport of this package
//     that sends the canonical body, bounds and keeps the raw response, removes
//     secrets from it and refuses redirects to other hosts.
//  5. What is worth retrying is retried, waiting as long as the endpoint asks.
//  6. The raw response is stored before anyone sees it.
//  7. The answer is judged: cut off, refused, filtered, not JSON, not the schema.
//     A stored answer is judged again each time it is read, so a cached run and
//     a live one agree.
package llm
