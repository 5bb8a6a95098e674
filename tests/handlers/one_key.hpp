#pragma once

#include <deque>
#include <map>

#include "handlers/policies/policies.hpp"
#include "tests/aggregates/order_world.hpp"

namespace pakashop::kit {

/// All streams of one order, in memory: a command and whatever the policies make of it happen at
/// once, as in one commit. A policy's command that is refused breaks a claim: it has to be total.
class OneKey {
public:
    /// Runs the command and everything that follows. True when it was not refused.
    template <class Aggregate>
    bool run(std::string_view id, typename Aggregate::Command command) {
        std::deque<StreamCommand> queue;
        if (!step<Aggregate>(stream_of<Aggregate>(id), command, queue)) return false;
        while (!queue.empty()) {
            const StreamCommand next = std::move(queue.front());
            queue.pop_front();
            const bool accepted = match(
                next.command,
                [&](const Order::Command& c) { return step<Order>(next.stream, c, queue); },
                [&](const Payment::Command& c) { return step<Payment>(next.stream, c, queue); },
                [&](const Settlement::Command& c) {
                    return step<Settlement>(next.stream, c, queue);
                },
                [&](const Delivery::Command& c) { return step<Delivery>(next.stream, c, queue); },
                [&](const Invoice::Command& c) { return step<Invoice>(next.stream, c, queue); },
                [&](const Effect::Command& c) { return step<Effect>(next.stream, c, queue); },
                [](const OneOf<
                    Product::Command,
                    Shop::Command,
                    Account::Command,
                    Login::Command,
                    User::Command,
                    Agent::Command,
                    Config::Command,
                    InvoiceSeries::Command,
                    SettlementRun::Command> auto&) { return false; }
            );
            INFO(next.stream);
            CHECK(accepted);
        }
        return true;
    }

    template <class Aggregate>
    const typename Aggregate::State& state(std::string_view id) {
        return states<Aggregate>()[stream_of<Aggregate>(id)];
    }
    /// The types of everything that happened, in order.
    const std::vector<std::string_view>& story() const { return story_; }
    /// How many effects are open.
    std::size_t effects_open() const {
        std::size_t open = 0;
        for (const auto& [stream, state] : effects_) open += Effect::open(state) ? 1 : 0;
        return open;
    }
    void set_time(Instant now) { now_ = now; }

private:
    template <class Aggregate>
    auto& states() {
        if constexpr (std::same_as<Aggregate, Order>) return orders_;
        if constexpr (std::same_as<Aggregate, Payment>) return payments_;
        if constexpr (std::same_as<Aggregate, Settlement>) return settlements_;
        if constexpr (std::same_as<Aggregate, Delivery>) return deliveries_;
        if constexpr (std::same_as<Aggregate, Invoice>) return invoices_;
        if constexpr (std::same_as<Aggregate, Effect>) return effects_;
    }

    template <class Aggregate>
    bool step(
        const std::string& stream,
        const typename Aggregate::Command& command,
        std::deque<StreamCommand>& queue
    ) {
        auto& state = states<Aggregate>()[stream];
        const auto result = Aggregate::decide(state, command);
        if (!result) return false;
        for (const auto& event : *result) {
            state = Aggregate::evolve(std::move(state), event);
            const AnyEvent any{typename Aggregate::Event{event}};
            story_.push_back(type_of(any));
            for (auto& follows : apply_policies(any, {the_order.value, now_, hours(24)}))
                queue.push_back(std::move(follows));
        }
        return true;
    }

    template <class Aggregate>
    using Streams = std::map<std::string, typename Aggregate::State>;
    Streams<Order> orders_;
    Streams<Payment> payments_;
    Streams<Settlement> settlements_;
    Streams<Delivery> deliveries_;
    Streams<Invoice> invoices_;
    Streams<Effect> effects_;
    std::vector<std::string_view> story_;
    Instant now_ = noon;
};

}  // namespace pakashop::kit
