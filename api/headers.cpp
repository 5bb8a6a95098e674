#include "api/headers.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <openssl/rand.h>

#include "events/kernel/hash.hpp"
#include "events/kernel/require.hpp"

namespace pakashop::api {
namespace {

constexpr std::size_t key_characters_max = 255;
constexpr std::size_t correlation_characters_max = 64;
constexpr std::size_t traceparent_characters = 55;

bool visible(char c) { return c > 0x20 && c < 0x7f; }

bool lower_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

bool all_zero(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

template <std::size_t N>
std::string random_hex() {
    std::array<std::uint8_t, N> bytes{};
    const bool random = RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
    require(random, "the system gives random bytes");
    return to_hex(bytes);
}

/// The text inside an RFC 8941 string: only '"' and '\' may be, and must be, escaped.
std::optional<std::string> unquote(std::string_view quoted) {
    if (quoted.size() < 2 || quoted.back() != '"') return std::nullopt;
    std::string text;
    const auto inner = quoted.substr(1, quoted.size() - 2);
    for (std::size_t i = 0; i < inner.size(); ++i) {
        if (inner[i] == '"') return std::nullopt;
        if (inner[i] == '\\') {
            if (++i == inner.size() || (inner[i] != '"' && inner[i] != '\\')) return std::nullopt;
        }
        text += inner[i];
    }
    return text;
}

}  // namespace

std::optional<std::string> parse_idempotency_key(std::string_view header) {
    auto key = header.starts_with('"') ? unquote(header) : std::optional<std::string>{header};
    if (!key || key->empty() || key->size() > key_characters_max) return std::nullopt;
    if (!std::ranges::all_of(*key, visible)) return std::nullopt;
    return key;
}

std::string correlation_id(std::string_view header) {
    const bool usable = !header.empty() && header.size() <= correlation_characters_max &&
                        std::ranges::all_of(header, [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                   (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                        });
    return usable ? std::string{header} : random_hex<16>();
}

std::optional<TraceContext> parse_traceparent(std::string_view header) {
    if (header.size() < traceparent_characters) return std::nullopt;
    const auto version = header.substr(0, 2);
    const auto trace = header.substr(3, 32);
    const auto span = header.substr(36, 16);
    const auto flags = header.substr(53, 2);
    const bool framed = header[2] == '-' && header[35] == '-' && header[52] == '-';
    const bool hex = lower_hex(version) && lower_hex(trace) && lower_hex(span) && lower_hex(flags);
    if (!framed || !hex || version == "ff" || all_zero(trace) || all_zero(span)) {
        return std::nullopt;
    }
    const bool longer = header.size() > traceparent_characters;
    if (longer && (version == "00" || header[traceparent_characters] != '-')) return std::nullopt;
    const bool sampled = std::string_view{"13579bdf"}.find(flags[1]) != std::string_view::npos;
    return TraceContext{std::string{trace}, std::string{span}, sampled};
}

TraceContext make_trace() { return {random_hex<16>(), random_hex<8>(), true}; }

TraceContext make_child(const TraceContext& parent) {
    return {parent.trace_id, random_hex<8>(), parent.sampled};
}

std::string to_traceparent(const TraceContext& context) {
    return "00-" + context.trace_id + "-" + context.parent_id + (context.sampled ? "-01" : "-00");
}

}  // namespace pakashop::api
