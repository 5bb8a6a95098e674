/// Reading and showing what the `/sandbox` calls change. Every refusal is a finished problem reply.
#pragma once

#include <expected>
#include <string_view>

#include "ops/sandbox/control.hpp"

namespace pakashop::sandbox {

/// The body of `PUT /sandbox/config`; parts that are not there stay as they are.
[[nodiscard]] std::expected<SettingsChanged, Reply>
read_settings(std::string_view body, bool has_webhook_secret);

/// The body of `GET /sandbox/config`.
[[nodiscard]] Reply show_settings(const SettingsChanged& settings);

/// The body of `POST /sandbox/behaviour`: a rule without a number. `times` is 1 when absent;
/// 0 asks to clear that (provider, operation, behaviour), and `{"clear":true}` is a rule with
/// `times` 0 and no names: clear all.
[[nodiscard]] std::expected<Rule, Reply> read_behaviour(std::string_view body);

/// The whole seconds of `POST /sandbox/clock` `{advanceSeconds}`: forward only, at most 10 years.
[[nodiscard]] std::expected<std::int64_t, Reply> read_advance(std::string_view body);

}  // namespace pakashop::sandbox
