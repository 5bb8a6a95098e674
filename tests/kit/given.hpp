#pragma once

#include <source_location>

#include <doctest/doctest.h>

#include "aggregates/decider.hpp"
#include "events/codec.hpp"

/// Given events, when a command, then events: everything a decider's test says.
///
///     Given<Order>{{placed()}}.when(Order::Accept{shop}).refuses(Order::Refusal::not_found);
///
/// What does not hold is reported at the line of the test that said it.
namespace pakashop::kit {

/// An event as a person reads it in a failed test. Personal fields stay hidden.
template <Declared E>
std::string shown(const E& event) {
    std::string text{E::type};
    for_each_field<E>(event, [&]<class M>(std::string_view name, const M& member) {
        text += " " + std::string{name} + "=";
        if constexpr (codec::IsSealed<M>::value) {
            text += "(sealed)";
        } else if constexpr (codec::IsOptional<M>::value) {
            if constexpr (codec::IsSealed<typename M::value_type>::value) {
                text += member ? "(sealed)" : "none";
            } else {
                text += member ? to_json(*member) : "none";
            }
        } else {
            text += to_json(member);
        }
    });
    return text;
}

template <class Event>
std::string shown(const std::vector<Event>& events) {
    std::string text;
    for (const Event& event : events)
        text += "\n    " + std::visit([](const auto& e) { return shown(e); }, event);
    return text.empty() ? "\n    nothing" : text;
}

/// Counts the claim, and reports a broken one at `where`.
inline void claim(bool holds, const std::string& otherwise, const std::source_location& where) {
    if (holds) {
        CHECK(holds);
        return;
    }
    ADD_FAIL_CHECK_AT(where.file_name(), static_cast<int>(where.line()), otherwise);
}

/// What a command came to.
template <Decider D>
class Outcome {
public:
    using Events = std::vector<typename D::Event>;
    using Where = std::source_location;

    Outcome(typename D::State before, typename D::Command command)
        : state_{std::move(before)},
          command_{std::move(command)},
          result_{D::decide(state_, command_)} {
        if (!result_) return;
        for (const auto& event : *result_) state_ = D::evolve(std::move(state_), event);
    }

    /// The answer is exactly these events.
    const Outcome& yields(const Events& expected, Where where = Where::current()) const {
        claim(result_ && *result_ == expected, "expected" + shown(expected) + told(), where);
        return *this;
    }
    /// The answer is yes, and nothing happens.
    const Outcome& is_already_so(Where where = Where::current()) const {
        claim(result_ && result_->empty(), "expected nothing to happen" + told(), where);
        return *this;
    }
    const Outcome& refuses(typename D::Refusal expected, Where where = Where::current()) const {
        const std::string name{name_of(expected)};
        claim(!result_ && result_.error() == expected, "expected refusal " + name + told(), where);
        return *this;
    }
    /// The same command on what it led to.
    Outcome again() const { return Outcome{state_, command_}; }
    Outcome when(typename D::Command command) const { return Outcome{state_, std::move(command)}; }

    const typename D::State& state() const { return state_; }
    /// The events it came to; none when it was refused.
    Events events() const { return result_ ? *result_ : Events{}; }

private:
    std::string told() const {
        if (!result_) return "\n  got refusal " + std::string{name_of(result_.error())};
        return "\n  got" + shown(*result_);
    }

    typename D::State state_;
    typename D::Command command_;
    Result<Events, typename D::Refusal> result_;
};

/// A stream that came about.
template <Decider D>
class Given {
public:
    Given() = default;
    explicit Given(const std::vector<typename D::Event>& history)
        : state_{fold<D>(std::span{history})} {}

    Outcome<D> when(typename D::Command command) const {
        return Outcome<D>{state_, std::move(command)};
    }
    const typename D::State& state() const { return state_; }

private:
    typename D::State state_{};
};

}  // namespace pakashop::kit
