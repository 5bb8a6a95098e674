#pragma once

#include "events/codec.hpp"

namespace pakashop::kit {

/// A vault without cryptography: what it seals is readable and names its place, so that a value
/// opened at another place is noticed. `forget` destroys a subject's key.
class PlainVault : public Vault {
public:
    Ciphertext seal(const Subject& subject, std::string_view context, std::string_view text)
        override {
        return {subject.name() + "#1", std::string{context} + "|" + std::string{text}};
    }
    std::optional<std::string> open(const Ciphertext& sealed, std::string_view context) override {
        if (sealed.key == forgotten_) return std::nullopt;
        const std::string start = std::string{context} + "|";
        if (!sealed.box.starts_with(start)) throw CorruptStream{"sealed at another place"};
        return sealed.box.substr(start.size());
    }
    void forget(const Subject& subject) { forgotten_ = subject.name() + "#1"; }

private:
    std::string forgotten_;
};

}  // namespace pakashop::kit
