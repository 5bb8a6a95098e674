#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http/message.hpp"
#include "api/route.hpp"

namespace pakashop::api {

/// The OpenAPI 3.1 document of all routes: parameters, bodies, replies, keys and tokens, and the
/// problems each route can answer with. `version` is the program's.
std::string openapi_document(std::span<const Route> routes, std::string_view version);

/// The AsyncAPI 3.0 document of the topics for those outside, as YAML: every event with its public
/// fields, and the headers it comes with.
std::string asyncapi_document(std::string_view version);

/// The JSON Schema of an event's public fields, by its type (`order.placed.v1`); nothing when there
/// is no such event.
std::optional<std::string> event_schema_document(std::string_view type);

/// openapi_document as one HTML page for people, with every problem code (`#<code>`). It loads
/// nothing and runs no script; its Content-Security-Policy allows its own style sheet by hash and
/// nothing else.
http::Response docs_page(std::span<const Route> routes, std::string_view version);

/// The problem codes a route can meet: its own and those that follow from its declaration.
std::vector<std::string> problems_of(const Route& route);

}  // namespace pakashop::api
