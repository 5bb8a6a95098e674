#include "aggregates/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace pakashop {
namespace {

constexpr std::array<SettingSpec, 9> specs{{
    {"zra_invoicing_enabled", "ZRA_INVOICING_ENABLED", SettingKind::boolean, "false"},
    {"zra_mock_mode", "ZRA_MOCK_MODE", SettingKind::boolean, "false", VariableRole::limits},
    {"PLATFORM_COMMISSION_PCT", "PLATFORM_COMMISSION_PCT", SettingKind::rate, "0.05"},
    {"PAYMENT_PROVIDER", "PAYMENT_PROVIDER", SettingKind::provider, "AUTO"},
    {"delivery_pin_ttl_hours", "DELIVERY_PIN_TTL_HOURS", SettingKind::hours, "24"},
    {"payment_attempt_ttl_minutes", "PAYMENT_ATTEMPT_TTL_MINUTES", SettingKind::minutes, "15"},
    {"order_ttl_hours", "ORDER_TTL_HOURS", SettingKind::hours, "24"},
    {"settlement_interval_minutes", "SETTLEMENT_INTERVAL_MINUTES", SettingKind::minutes, "60"},
    {"auto_refund_on_cancel", "AUTO_REFUND_ON_CANCEL", SettingKind::boolean, "true"},
}};

constexpr std::int64_t whole_number_max = 100'000;  // Eleven years of hours.

std::optional<std::int64_t> parse_whole(std::string_view text) {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.begin(), text.end(), number);
    if (error != std::errc{} || stop != text.end() || text.starts_with('0')) return std::nullopt;
    if (number < 1 || number > whole_number_max) return std::nullopt;
    return number;
}

// The value somebody chose, or else the default; always one the setting can have.
class Values {
public:
    Values(const Config::State& chosen, const Environment& environment, Strictness strictness)
        : chosen_{chosen}, environment_{environment}, strictness_{strictness} {}

    bool boolean(std::string_view name) const { return text(name) == "true"; }
    Rate rate(std::string_view name) const { return parse_rate(text(name)).value_or(Rate{}); }
    std::int64_t whole(std::string_view name) const { return parse_whole(text(name)).value_or(1); }
    ProviderChoice provider(std::string_view name) const {
        return enum_from_name<ProviderChoice>(text(name)).value_or(ProviderChoice::automatic);
    }

private:
    PublicText text(std::string_view name) const {
        const SettingSpec* spec = find_setting(name);
        require(spec != nullptr, "every setting that is read has a specification");
        const auto found = chosen_.settings.find(std::string{name});
        if (found != chosen_.settings.end()) {
            auto value = normal_value(*spec, found->second.value);
            if (value && counts(*spec, *value)) return *std::move(value);
        }
        return default_of(*spec, environment_);
    }
    bool counts(const SettingSpec& spec, std::string_view value) const {
        if (!allowed_by_environment(spec, value, environment_)) return false;
        return strictness_ == Strictness::any_value || allowed_in_production(spec, value);
    }

    const Config::State& chosen_;
    const Environment& environment_;
    Strictness strictness_;
};

}  // namespace

std::span<const SettingSpec> setting_specs() { return specs; }

const SettingSpec* find_setting(std::string_view name) {
    const auto found = std::ranges::find(specs, name, &SettingSpec::name);
    return found == specs.end() ? nullptr : &*found;
}

std::optional<PublicText> normal_value(const SettingSpec& spec, std::string_view value) {
    switch (spec.kind) {
        case SettingKind::boolean:
            if (value != "true" && value != "false") return std::nullopt;
            return PublicText{value};
        case SettingKind::rate:
            if (!parse_rate(value)) return std::nullopt;
            return PublicText{value};
        case SettingKind::provider:
            if (!enum_from_name<ProviderChoice>(value)) return std::nullopt;
            return PublicText{value};
        case SettingKind::minutes:
        case SettingKind::hours:
            if (!parse_whole(value)) return std::nullopt;
            return PublicText{value};
    }
    return std::nullopt;
}

bool allowed_in_production(const SettingSpec& spec, std::string_view value) {
    if (spec.name == "zra_mock_mode") return value != "true";
    if (spec.name == "PAYMENT_PROVIDER") return value != name_of(ProviderChoice::mock);
    return true;
}

PublicText default_of(const SettingSpec& spec, const Environment& environment) {
    const auto found = environment.find(spec.variable);
    if (spec.role == VariableRole::gives_default && found != environment.end()) {
        if (auto value = normal_value(spec, found->second)) return *std::move(value);
    }
    return PublicText{spec.fallback};
}

bool allowed_by_environment(
    const SettingSpec& spec,
    std::string_view value,
    const Environment& environment
) {
    if (spec.role != VariableRole::limits || value != "true") return true;
    const auto found = environment.find(spec.variable);
    return found == environment.end() || found->second != "false";
}

Invoicing Settings::invoicing() const {
    if (!zra_invoicing_enabled) return Invoicing::off;
    return zra_mock_mode ? Invoicing::mock : Invoicing::live;
}

Provider Settings::payout_mover() const {
    return provider == ProviderChoice::mock ? Provider::mock : Provider::pawapay;
}

Settings resolve_settings(
    const Config::State& chosen,
    const Environment& environment,
    Strictness strictness
) {
    const Values values{chosen, environment, strictness};
    return {
        .zra_invoicing_enabled = values.boolean("zra_invoicing_enabled"),
        .zra_mock_mode = values.boolean("zra_mock_mode"),
        .commission = values.rate("PLATFORM_COMMISSION_PCT"),
        .provider = values.provider("PAYMENT_PROVIDER"),
        .delivery_pin_ttl = hours(values.whole("delivery_pin_ttl_hours")),
        .payment_attempt_ttl = minutes(values.whole("payment_attempt_ttl_minutes")),
        .order_ttl = hours(values.whole("order_ttl_hours")),
        .settlement_interval = minutes(values.whole("settlement_interval_minutes")),
        .auto_refund_on_cancel = values.boolean("auto_refund_on_cancel")
    };
}

std::vector<std::string> chosen_against_production(const Config::State& chosen) {
    std::vector<std::string> found;
    for (const auto& [name, setting] : chosen.settings) {
        const SettingSpec* spec = find_setting(name);
        if (spec && !allowed_in_production(*spec, setting.value)) {
            found.push_back(name + "=" + setting.value);
        }
    }
    return found;
}

}  // namespace pakashop
