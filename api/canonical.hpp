#pragma once

#include <string>
#include <string_view>

namespace pakashop::api {

/// The JSON in the one spelling that all equal bodies share: without white space, with the members
/// of every object by name; arrays keep their order. Text that is no JSON stays as it is.
std::string canonical_json(std::string_view body);

}  // namespace pakashop::api
