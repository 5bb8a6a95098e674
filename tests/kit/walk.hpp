#pragma once

#include <random>

#include "tests/kit/given.hpp"
#include "tests/kit/plain_vault.hpp"

namespace pakashop::kit {

/// Chance from a seed: the same seed, the same choices on every machine.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : source_{seed} {}

    /// A number from `low` to `high`, both included.
    std::int64_t between(std::int64_t low, std::int64_t high) {
        const auto span = static_cast<std::uint64_t>(high - low) + 1;
        return low + static_cast<std::int64_t>(source_() % span);
    }
    bool once_in(std::int64_t n) { return between(1, n) == 1; }

private:
    std::mt19937_64 source_;
};

/// One life of an aggregate as the shard leads it: decide, seal, evolve. What is true of every
/// aggregate is claimed at each step: nothing throws, and what was just accepted is not accepted
/// again unless the command says it may be.
template <Decider D>
class Walk {
public:
    explicit Walk(std::string id) : stream_{std::string{D::category} + ":" + std::move(id)} {}

    /// Runs one command; the events it came to, none when it was refused. `repeatable`: a repeat of
    /// it is known by its command id only.
    std::vector<typename D::Event> step(const typename D::Command& command, bool repeatable) {
        auto decision = D::decide(state_, command);
        if (!decision) return {};
        for (auto& event : *decision) {
            ++version_;
            const std::string place = stream_ + "@" + std::to_string(version_);
            std::visit([&](auto& e) { seal_fields(e, vault_, place); }, event);
            state_ = D::evolve(std::move(state_), event);
        }
        const auto again = D::decide(state_, command);
        CHECK((repeatable || !again || again->empty()));
        if constexpr (Declared<typename D::State>) check_snapshot();
        return *std::move(decision);
    }

    const typename D::State& state() const { return state_; }
    const std::string& stream() const { return stream_; }
    PlainVault& vault() { return vault_; }

private:
    // A snapshot is the state, to the last member.
    void check_snapshot() {
        const auto read = from_json<typename D::State>(std::string_view{to_json(state_)});
        CHECK((read && *read == state_));
    }

    std::string stream_;
    std::int64_t version_ = 0;
    PlainVault vault_;
    typename D::State state_{};
};

}  // namespace pakashop::kit
