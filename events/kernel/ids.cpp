#include "events/kernel/ids.hpp"

namespace pakashop {
namespace {

std::string base32(std::span<const std::uint8_t> bytes) {
    static constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    std::string out;
    std::uint32_t window = 0;
    int bits = 0;
    for (const std::uint8_t byte : bytes) {
        window = (window << 8) | byte;
        for (bits += 8; bits >= 5; bits -= 5) out += alphabet[(window >> (bits - 5)) & 31];
    }
    if (bits > 0) out += alphabet[(window << (5 - bits)) & 31];
    return out;
}

}  // namespace

std::string derived_id(std::string_view prefix, const CommandId& command, std::string_view salt) {
    const Digest digest = Sha256{}.add(command).add(salt).finish();
    return std::string{prefix} + "_" + base32(std::span{digest}.first(16));
}

std::string child_id(std::string_view prefix, std::string_view parent, std::uint64_t number) {
    return std::string{prefix} + "_" + std::string{parent} + "_" + std::to_string(number);
}

std::string parent_of(std::string_view prefix, std::string_view id) {
    if (!id.starts_with(prefix) || id.size() <= prefix.size() || id[prefix.size()] != '_')
        return {};
    id.remove_prefix(prefix.size() + 1);
    const auto last = id.rfind('_');
    return last == std::string_view::npos ? std::string{} : std::string{id.substr(0, last)};
}

}  // namespace pakashop
