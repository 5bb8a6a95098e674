#pragma once

#include <string>
#include <string_view>

namespace pakashop::api {

/// JSON as YAML 1.2 in block style, for people to read: the same document. Texts are quoted, so
/// nothing is taken for a number or a date. What is not JSON is a bug.
std::string yaml_of(std::string_view json);

}  // namespace pakashop::api
