#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/kernel/match.hpp"
#include "events/kernel/require.hpp"
#include "events/kernel/result.hpp"

namespace pakashop {

/// An aggregate: `decide(state, command) → events | refusal` and `evolve(state, event) → state`,
/// both pure. Events say yes, no events say "already so", a refusal says no. The same command again
/// yields no events. Refusals are named like the api's problem codes (`enum_names`).
template <class D>
concept Decider =
    std::default_initializable<typename D::State> && requires(
                                                         typename D::State state,
                                                         const typename D::Command& command,
                                                         const typename D::Event& event
                                                     ) {
        {
            D::decide(state, command)
        } -> std::same_as<Result<std::vector<typename D::Event>, typename D::Refusal>>;
        { D::evolve(std::move(state), event) } -> std::same_as<typename D::State>;
        { D::category } -> std::convertible_to<std::string_view>;
    };

/// The state as the alternative it must be for this event. A stream that says otherwise is corrupt.
template <class Wanted, class State>
Wanted& expect(State& state) {
    if (auto* found = std::get_if<Wanted>(&state)) return *found;
    throw CorruptStream{"an event does not fit the state before it"};
}

/// The state after `history`, from the first event.
template <Decider D>
typename D::State fold(std::span<const typename D::Event> history) {
    typename D::State state{};
    for (const auto& event : history) state = D::evolve(std::move(state), event);
    return state;
}

}  // namespace pakashop
