#include "aggregates/config.hpp"

namespace pakashop {

Result<Config::Events, Config::Refusal> Config::decide(const State& state, const Command& command) {
    using Decision = Result<Events, Refusal>;
    return match(command, [&](const Set& c) -> Decision {
        const auto found = state.settings.find(c.name);
        if (found != state.settings.end() && found->second.value == c.value) return Events{};
        return Events{SettingChanged{c.name, c.value, c.by, c.now}};
    });
}

Config::State Config::evolve(State state, const Event& event) {
    match(event, [&](const SettingChanged& e) { state.settings[e.name] = {e.value, e.by, e.at}; });
    return state;
}

}  // namespace pakashop
