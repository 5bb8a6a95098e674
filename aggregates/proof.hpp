#pragma once

#include <optional>
#include <string_view>

#include "events/words.hpp"

namespace pakashop {

/// The seeds' formula (POD-08), so that anybody can recompute it from the answer: SHA-256 over
/// order id, raw base64 of the signature image, signatory's name and capture time, one behind the
/// other without a separator; the time is RFC 3339 in UTC with milliseconds.
Digest legacy_proof_hash(
    const OrderId& order,
    std::string_view image_base64,
    std::string_view signatory_name,
    Instant captured_at
);

/// Everything a proof of delivery says, in the clear. Texts are viewed, not kept.
struct ProofFields {
    OrderId order;
    DeliveryId delivery;
    SignatureId signature;
    AgentId agent;
    std::int64_t issue = 0;  ///< Of the PIN that was accepted.
    std::string_view image;
    std::string_view strokes;
    std::string_view signatory_name;
    std::optional<std::string_view> signatory_phone;
    std::optional<Location> location;
    Instant captured_at;
};

/// The hash that cannot be read in two ways (C-22): SHA-256 over the format's name and every field
/// in the declared order, each behind its length as 8 bytes, big endian; numbers as decimal text; a
/// field that is not there is the length 2^64 - 1. Stored for ever: the format never changes.
Digest proof_hash(const ProofFields& proof);

}  // namespace pakashop
