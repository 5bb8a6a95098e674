#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http/message.hpp"

/// The declared edge: routes, bodies, problems, and who may call.
namespace pakashop::api {

/// One kind of refusal or failure a caller can meet. `code` is stable for ever; each has a page
/// `ops/errors/<code>.md`.
struct ProblemKind {
    std::string_view code;
    int status;
    std::string_view title;
};

/// Every kind there is, by status and code.
std::span<const ProblemKind> problem_kinds();

/// The kind of a code; null for a code that is not in the table.
const ProblemKind* find_problem_kind(std::string_view code);

/// One thing wrong inside a request body. The pointer is a JSON pointer as a URI fragment
/// (`#/items/0/quantity`), as in RFC 9457 section 3.
struct FieldError {
    std::string pointer;
    std::string detail;
    friend bool operator==(const FieldError&, const FieldError&) = default;
};

/// A limit that a call met: how often within how many seconds (the draft "RateLimit header fields
/// for HTTP" of the IETF's httpapi group).
struct RateLimit {
    std::string_view name;
    std::size_t quota;
    std::int64_t window_s;
};

/// A problem on its way to the caller. Its detail is for people and never holds a secret, a path of
/// ours, SQL or another person's data.
struct Problem {
    std::string_view code;  ///< One of problem_kinds().
    std::string detail{};
    std::vector<FieldError> errors{};
    std::vector<std::pair<std::string, std::string>> members{};  ///< Name and JSON, beside ours.
    std::int64_t retry_after_s = 0;    ///< 0: one second where the status asks for it, else none.
    std::string allow{};               ///< The methods there are, for a 405: "GET, POST".
    std::optional<RateLimit> limit{};  ///< The one that is used up, for a 429.

    /// Adds a member beside the standard ones, such as `from` and `asked`.
    Problem& with(std::string_view name, std::string_view text);
    Problem& with(std::string_view name, std::int64_t number);
    /// Adds a member that is JSON already.
    Problem& with_json(std::string_view name, std::string json);
};

/// The RFC 9457 document as an answer: `type`, `title`, `status`, `detail`, `instance`, `code`,
/// `errors` and the problem's own members; `Retry-After` on 429, 503 and where it is set;
/// `RateLimit` and `RateLimit-Policy` of a limit. `instance` names this occurrence: a URI reference
/// such as `urn:uuid:...` or the correlation id's.
http::Response to_response(const Problem& problem, std::string_view instance);

}  // namespace pakashop::api
