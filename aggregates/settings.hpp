#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregates/config.hpp"
#include "events/payment.hpp"

/// The flags and run-time settings there are, what each may say, and what they say together.
namespace pakashop {

/// Which provider takes a payment (CFG-05, C-14). AUTO: pawaPay, and Flutterwave if it may fail
/// over.
enum class ProviderChoice { mock, automatic, pawapay, flutterwave };
constexpr auto enum_names(ProviderChoice) {
    return std::array<std::string_view, 4>{"MOCK", "AUTO", "PAWAPAY", "FLUTTERWAVE"};
}

/// What a setting's value looks like.
enum class SettingKind {
    boolean,   ///< `true` or `false`.
    rate,      ///< 0 to 1 with at most six decimals.
    provider,  ///< One of ProviderChoice's names.
    minutes,   ///< A whole number of minutes, from 1.
    hours      ///< A whole number of hours, from 1.
};
constexpr auto enum_names(SettingKind) {
    return std::array<std::string_view, 5>{"boolean", "rate", "provider", "minutes", "hours"};
}

/// What a setting's environment variable does.
enum class VariableRole {
    gives_default,  ///< Its value counts where nobody chose one.
    limits          ///< `false` forbids `true`; it chooses nothing (C-36).
};

/// One setting: its public name, its environment variable, and the default where nobody chose a
/// value and the variable gives none.
struct SettingSpec {
    std::string_view name;
    std::string_view variable;
    SettingKind kind;
    std::string_view fallback;
    VariableRole role = VariableRole::gives_default;
};

/// Every setting, in the order of `GET /admin/config`.
std::span<const SettingSpec> setting_specs();
/// The one of that name; nothing when there is none.
const SettingSpec* find_setting(std::string_view name);

/// The value in its one spelling (`0.050` → `0.05`, `024` is no number); nothing when the setting
/// cannot have it.
std::optional<PublicText> normal_value(const SettingSpec& spec, std::string_view value);

/// Whether production may choose this value: never MOCK, never a mock tax receipt (C-14, ZRA-35).
bool allowed_in_production(const SettingSpec& spec, std::string_view value);

/// Variables of the environment, by name.
using Environment = std::map<std::string, std::string, std::less<>>;

/// The default of a setting: its variable's value, or the fallback. A variable that holds nonsense
/// counts as absent; the configuration schema has refused it at start.
PublicText default_of(const SettingSpec& spec, const Environment& environment);

/// Whether the environment leaves this value to be chosen (C-36).
bool allowed_by_environment(
    const SettingSpec& spec,
    std::string_view value,
    const Environment& environment
);

/// What all settings say together.
struct Settings {
    bool zra_invoicing_enabled = false;
    bool zra_mock_mode = false;
    Rate commission{50'000};
    ProviderChoice provider = ProviderChoice::automatic;
    Duration delivery_pin_ttl = hours(24);
    Duration payment_attempt_ttl = minutes(15);
    Duration order_ttl = hours(24);
    Duration settlement_interval = minutes(60);
    bool auto_refund_on_cancel = true;

    /// How an order that is confirmed now is invoiced (C-36: first enabled, then mock).
    Invoicing invoicing() const;
    /// Who moves the money of a payout that is requested now.
    Provider payout_mover() const;
    friend bool operator==(const Settings&, const Settings&) = default;
};

/// Where the settings are resolved: production passes over what it never allows.
enum class Strictness { any_value, production };

/// A chosen value wins over its variable (CFG-06), with two exceptions: ZRA_MOCK_MODE=false forbids
/// mock receipts whatever was chosen (C-36), and production never mocks.
Settings resolve_settings(
    const Config::State& chosen,
    const Environment& environment,
    Strictness strictness = Strictness::any_value
);

/// Names of settings whose chosen value production may not run with, `name=value`.
std::vector<std::string> chosen_against_production(const Config::State& chosen);

}  // namespace pakashop
