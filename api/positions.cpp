#include "api/positions.hpp"

#include <charconv>

namespace pakashop::api {
namespace {

constexpr Duration remembered_for = seconds(60);
constexpr std::size_t mac_hex = 16;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t out = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, out);
    if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return out;
}

}  // namespace

void merge(Position& into, const Position& from) {
    for (const auto& [partition, seq] : from) {
        auto& known = into[partition];
        known = std::max(known, seq);
    }
}

// `<generation>:<partition>-<seq>.…~<mac>`: short, and readable to whoever debugs it.
std::string Positions::to_token(const Position& position) const {
    std::string text = generation_ + ":";
    for (const auto& [partition, seq] : position) {
        if (!text.ends_with(':')) text += '.';
        text += std::to_string(partition) + "-" + std::to_string(seq);
    }
    const Digest mac = hmac_sha256(key_, text);
    return text + "~" + to_hex(mac).substr(0, mac_hex);
}

std::optional<Position> Positions::from_token(std::string_view token) const {
    const auto mark = token.rfind('~');
    if (mark == std::string_view::npos) return std::nullopt;
    const std::string_view text = token.substr(0, mark);
    const std::string mac = to_hex(hmac_sha256(key_, text)).substr(0, mac_hex);
    if (!equal_in_constant_time(mac, token.substr(mark + 1))) return std::nullopt;
    Position out;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    if (text.substr(0, colon) != generation_) return out;
    std::string_view rest = text.substr(colon + 1);
    while (!rest.empty()) {
        const std::string_view part = rest.substr(0, rest.find('.'));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        const auto dash = part.find('-');
        if (dash == std::string_view::npos) return std::nullopt;
        const auto partition = number(part.substr(0, dash));
        const auto seq = number(part.substr(dash + 1));
        if (!partition || !seq || *partition >= slices) return std::nullopt;
        out[static_cast<PartitionId>(*partition)] = *seq;
    }
    return out;
}

void Positions::remember(const std::string& principal, const Position& position, Instant now) {
    const std::lock_guard lock{mutex_};
    if (recent_.size() >= remembered_max) {
        std::erase_if(recent_, [&](const auto& one) { return one.second.until < now; });
        if (recent_.size() >= remembered_max) recent_.clear();
    }
    Remembered& remembered = recent_[principal];
    if (remembered.until < now) remembered.position.clear();
    merge(remembered.position, position);
    remembered.until = now + remembered_for;
}

Position Positions::recent(const std::string& principal, Instant now) {
    const std::lock_guard lock{mutex_};
    const auto found = recent_.find(principal);
    if (found == recent_.end()) return {};
    if (found->second.until < now) {
        recent_.erase(found);
        return {};
    }
    return found->second.position;
}

}  // namespace pakashop::api
