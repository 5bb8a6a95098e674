#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "aggregates/config.hpp"

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

/// One setting: its public name, the environment variable that gives its default where nobody chose
/// a value, and the default where that is absent too.
struct SettingSpec {
    std::string_view name;
    std::string_view variable;
    SettingKind kind;
    std::string_view fallback;
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
    friend bool operator==(const Settings&, const Settings&) = default;
};

/// A chosen value wins over its variable (CFG-06), with one exception: ZRA_MOCK_MODE=false forbids
/// mock receipts whatever was chosen (C-36).
Settings resolve_settings(const Config::State& chosen, const Environment& environment);

}  // namespace pakashop
