#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/codec.hpp"

namespace pakashop {

/// A sealed field that a state keeps, with the version of the event it came in: whoever opens it
/// needs `sealing_place(stream, version)` and the field's stored name.
template <class T>
struct SealedAt {
    Sealed<T> field;
    std::int64_t version = 0;
    static constexpr auto fields() {
        // Qualified, because the member hides the function of that name.
        return std::tuple{
            pakashop::field("field", &SealedAt::field),
            pakashop::field("version", &SealedAt::version)
        };
    }
    friend bool operator==(const SealedAt&, const SealedAt&) = default;
};

/// What it says, in a state of that stream and under its event's stored name for the field; nothing
/// when its key was destroyed. A value that does not open at its place throws CorruptStream.
template <class T>
std::optional<T>
open_at(const SealedAt<T>& sealed, std::string_view stream, std::string_view name, Vault& vault) {
    const Ciphertext* box = sealed.field.ciphertext();
    if (!box)
        return sealed.field.clear() ? std::optional{sealed.field.clear()->value} : std::nullopt;
    const std::string place =
        std::string{stream} + "@" + std::to_string(sealed.version) + "/" + std::string{name};
    const auto json = vault.open(*box, place);
    if (!json) return std::nullopt;
    auto value = from_json<T>(std::string_view{*json});
    if (!value) throw CorruptStream{"a sealed field holds something else: " + place};
    return value;
}

}  // namespace pakashop
