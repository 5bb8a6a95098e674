#pragma once

#include <string>

#include "events/kernel/hash.hpp"
#include "events/kernel/result.hpp"

namespace pakashop::api {

/// The platform's signature under proofs of delivery: Ed25519 over the proof's hash (C-22).
class ProofSigner {
public:
    virtual ~ProofSigner() = default;
    /// Base64 of the 64 bytes.
    virtual std::string sign(const Digest& proof_hash) const = 0;
    virtual bool verifies(const Digest& proof_hash, std::string_view signature) const = 0;
};

}  // namespace pakashop::api
