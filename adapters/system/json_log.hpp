#pragma once

#include <string_view>

namespace pakashop {

/// Sets the program's log up: one JSON object a line on standard error, its message escaped so that
/// nothing a caller sends can forge a line (S35).
void start_json_log(std::string_view level);

}  // namespace pakashop
