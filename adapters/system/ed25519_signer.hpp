#pragma once

#include <memory>
#include <string>

#include "api/ports/proof_signer.hpp"

namespace pakashop {

/// Signs proofs of delivery with an Ed25519 key from a PEM file (PROOF_KEY_FILE).
class Ed25519Signer final : public api::ProofSigner {
public:
    /// The signer, or what is wrong with the file.
    static Result<std::unique_ptr<Ed25519Signer>, std::string> from_file(const std::string& path);
    ~Ed25519Signer() override;

    std::string sign(const Digest& proof_hash) const override;
    bool verifies(const Digest& proof_hash, std::string_view signature) const override;

private:
    explicit Ed25519Signer(void* key) : key_{key} {}
    void* key_;
};

}  // namespace pakashop
