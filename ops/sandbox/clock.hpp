/// Instants as text and back. The sandbox's own time is the wall clock plus what
/// `POST /sandbox/clock` has added; every pure part is told the time, none asks for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ops/sandbox/exchange.hpp"

namespace pakashop::sandbox {

/// "2026-05-12T10:00:00.000Z".
[[nodiscard]] std::string rfc3339(Instant at);

/// "20260512".
[[nodiscard]] std::string compact_date(Instant at);

/// Reads RFC 3339 with `Z` or an offset, with or without a fraction; whole numbers are taken for
/// Unix milliseconds. Nothing for any other text.
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text);

}  // namespace pakashop::sandbox
