#pragma once

#include "aggregates/decider.hpp"
#include "events/config.hpp"

namespace pakashop {

/// The flags and run-time settings, each with its last author.
/// Stream: config:<flag set>, which is also the key.
struct Config {
    /// A value somebody chose.
    struct Setting {
        PublicText value;
        UserId by;
        Instant at;
        static constexpr auto fields() {
            return std::tuple{
                field("value", &Setting::value),
                field("by", &Setting::by),
                field("at", &Setting::at)
            };
        }
        friend bool operator==(const Setting&, const Setting&) = default;
    };
    struct State {
        std::map<std::string, Setting> settings;  ///< Those that were ever set, by name.
        static constexpr auto fields() { return std::tuple{field("settings", &State::settings)}; }
        friend bool operator==(const State&, const State&) = default;
    };

    /// The same value again: already so. Names and values are checked by the caller's schema.
    struct Set {
        PublicText name;
        PublicText value;
        UserId by;
        Instant now;
    };
    using Command = std::variant<Set>;

    using Event = ConfigEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 1>{"not_found"};
    }

    static constexpr std::string_view category = "config";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};
static_assert(Decider<Config>);
static_assert(lists_every_member<Config::State>);
static_assert(lists_every_member<Config::Setting>);

}  // namespace pakashop
