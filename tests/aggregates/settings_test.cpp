#include "aggregates/settings.hpp"

#include "tests/kit/walk.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

const UserId admin{"usr_admin"};
constexpr Instant noon{1'778'580'000'000};

Config::Set set(std::string name, std::string value) {
    return {std::move(name), std::move(value), admin, noon};
}

Config::State chosen(std::vector<std::pair<std::string, std::string>> values) {
    Config::State state;
    for (auto& [name, value] : values) state.settings[name] = {value, admin, noon};
    return state;
}

std::optional<PublicText> normal(std::string_view name, std::string_view value) {
    return normal_value(*find_setting(name), value);
}

}  // namespace

TEST_CASE("a setting is changed once, and remembers its author") {
    const SettingChanged changed{"zra_mock_mode", "true", admin, noon};
    const auto on = Given<Config>{}.when(set("zra_mock_mode", "true"));
    on.yields({changed}).again().is_already_so();
    CHECK(on.state().settings.at("zra_mock_mode").by == admin);
    on.when(set("zra_mock_mode", "false"))
        .yields({SettingChanged{"zra_mock_mode", "false", admin, noon}});
    on.when(set("order_ttl_hours", "2"))
        .yields({SettingChanged{"order_ttl_hours", "2", admin, noon}});
}

TEST_CASE("a config's snapshot is its state") {
    Walk<Config> walk{"pakashop:feature_flags"};
    for (const SettingSpec& spec : setting_specs())
        walk.step(set(std::string{spec.name}, std::string{spec.fallback}), false);
    CHECK(walk.state().settings.size() == setting_specs().size());
}

TEST_CASE("every setting has a default it can have, and a variable of its own") {
    CHECK(setting_specs().size() == 9);
    for (const SettingSpec& spec : setting_specs()) {
        CAPTURE(spec.name);
        CHECK(normal_value(spec, spec.fallback) == PublicText{spec.fallback});
        CHECK(find_setting(spec.name) == &spec);
    }
    CHECK(find_setting("nonsense") == nullptr);
}

TEST_CASE("a value is taken in its one spelling, or not at all") {
    CHECK(normal("PLATFORM_COMMISSION_PCT", "0.050") == "0.050");
    CHECK(normal("PLATFORM_COMMISSION_PCT", "0.000000001") == std::nullopt);
    CHECK(normal("PLATFORM_COMMISSION_PCT", "1.1") == std::nullopt);
    CHECK(normal("PLATFORM_COMMISSION_PCT", "5%") == std::nullopt);
    CHECK(normal("zra_mock_mode", "true") == "true");
    CHECK(normal("zra_mock_mode", "True") == std::nullopt);
    CHECK(normal("zra_mock_mode", "1") == std::nullopt);
    CHECK(normal("PAYMENT_PROVIDER", "FLUTTERWAVE") == "FLUTTERWAVE");
    CHECK(normal("PAYMENT_PROVIDER", "flutterwave") == std::nullopt);
    CHECK(normal("order_ttl_hours", "48") == "48");
    for (const std::string_view bad : {"", "0", "-1", "024", "1.5", "24 ", "100001", "1e2"})
        CHECK(normal("order_ttl_hours", bad) == std::nullopt);
}

TEST_CASE("with nothing chosen and no variable, the defaults hold") {
    CHECK(resolve_settings({}, {}) == Settings{});
}

TEST_CASE("a variable gives the default, and a chosen value wins over it") {
    const Environment environment{
        {"PLATFORM_COMMISSION_PCT", "0.1"}, {"ORDER_TTL_HOURS", "2"}, {"PAYMENT_PROVIDER", "MOCK"}
    };
    const auto by_variable = resolve_settings({}, environment);
    CHECK(by_variable.commission == Rate{100'000});
    CHECK(by_variable.order_ttl == hours(2));
    CHECK(by_variable.provider == ProviderChoice::mock);
    const auto by_choice = resolve_settings(
        chosen({{"PLATFORM_COMMISSION_PCT", "0.02"}, {"PAYMENT_PROVIDER", "PAWAPAY"}}), environment
    );
    CHECK(by_choice.commission == Rate{20'000});
    CHECK(by_choice.provider == ProviderChoice::pawapay);
    CHECK(by_variable.payout_mover() == Provider::mock);
    CHECK(by_choice.payout_mover() == Provider::pawapay);
    CHECK(by_choice.order_ttl == hours(2));
}

TEST_CASE("every setting reaches its field") {
    const auto all = resolve_settings(
        chosen({
            {"zra_invoicing_enabled", "true"},
            {"zra_mock_mode", "true"},
            {"PLATFORM_COMMISSION_PCT", "0.07"},
            {"PAYMENT_PROVIDER", "MOCK"},
            {"delivery_pin_ttl_hours", "1"},
            {"payment_attempt_ttl_minutes", "2"},
            {"order_ttl_hours", "3"},
            {"settlement_interval_minutes", "4"},
            {"auto_refund_on_cancel", "false"},
        }),
        {}
    );
    const Settings expected{
        true,
        true,
        Rate{70'000},
        ProviderChoice::mock,
        hours(1),
        minutes(2),
        hours(3),
        minutes(4),
        false
    };
    CHECK(all == expected);
}

TEST_CASE("nonsense that reached the log or the environment counts as absent") {
    const auto settings = resolve_settings(
        chosen({{"PLATFORM_COMMISSION_PCT", "lots"}}), {{"PLATFORM_COMMISSION_PCT", "more"}}
    );
    CHECK(settings.commission == Rate{50'000});
}

TEST_CASE("the environment is the ceiling of mock receipts, and the flag chooses below it") {
    const auto flag_on = chosen({{"zra_invoicing_enabled", "true"}, {"zra_mock_mode", "true"}});
    CHECK(resolve_settings(flag_on, {}).invoicing() == Invoicing::mock);
    CHECK(resolve_settings(flag_on, {{"ZRA_MOCK_MODE", "true"}}).invoicing() == Invoicing::mock);
    CHECK(resolve_settings(flag_on, {{"ZRA_MOCK_MODE", "false"}}).invoicing() == Invoicing::live);
    const auto flag_off = chosen({{"zra_invoicing_enabled", "true"}, {"zra_mock_mode", "false"}});
    CHECK(resolve_settings(flag_off, {{"ZRA_MOCK_MODE", "true"}}).invoicing() == Invoicing::live);
    const auto disabled = chosen({{"zra_mock_mode", "true"}});
    CHECK(resolve_settings(disabled, {}).invoicing() == Invoicing::off);
}

TEST_CASE("ZRA_MOCK_MODE only limits: nobody's choice means no mock receipts") {
    const SettingSpec& spec = *find_setting("zra_mock_mode");
    const Environment allowing{{"ZRA_MOCK_MODE", "true"}};
    CHECK(!resolve_settings({}, allowing).zra_mock_mode);
    CHECK(default_of(spec, allowing) == "false");
    CHECK(allowed_by_environment(spec, "true", allowing));
    CHECK(allowed_by_environment(spec, "true", {}));
    CHECK(!allowed_by_environment(spec, "true", {{"ZRA_MOCK_MODE", "false"}}));
    CHECK(allowed_by_environment(spec, "false", {{"ZRA_MOCK_MODE", "false"}}));
    const SettingSpec& enabled = *find_setting("zra_invoicing_enabled");
    CHECK(allowed_by_environment(enabled, "true", {{"ZRA_INVOICING_ENABLED", "false"}}));
}

TEST_CASE("what was chosen elsewhere does not count in production") {
    const auto mocks =
        chosen({{"zra_mock_mode", "true"}, {"PAYMENT_PROVIDER", "MOCK"}, {"order_ttl_hours", "2"}});
    const auto strict = resolve_settings(mocks, {}, Strictness::production);
    CHECK(!strict.zra_mock_mode);
    CHECK(strict.provider == ProviderChoice::automatic);
    CHECK(strict.order_ttl == hours(2));
    CHECK(
        chosen_against_production(mocks) ==
        std::vector<std::string>{"PAYMENT_PROVIDER=MOCK", "zra_mock_mode=true"}
    );
    CHECK(chosen_against_production(chosen({{"order_ttl_hours", "2"}})).empty());
}

TEST_CASE("production neither mocks payments nor tax receipts") {
    CHECK(!allowed_in_production(*find_setting("zra_mock_mode"), "true"));
    CHECK(allowed_in_production(*find_setting("zra_mock_mode"), "false"));
    CHECK(!allowed_in_production(*find_setting("PAYMENT_PROVIDER"), "MOCK"));
    CHECK(allowed_in_production(*find_setting("PAYMENT_PROVIDER"), "AUTO"));
    CHECK(allowed_in_production(*find_setting("order_ttl_hours"), "1"));
}
