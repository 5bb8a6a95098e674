#pragma once

#include <functional>

#include "handlers/evidence.hpp"
#include "handlers/reactors/reactor.hpp"

/// What deposits and payouts have in common: the first attempt sends; every later one asks first
/// what became of it, and sends the same request under the same reference only when the provider
/// knows nothing of it.
namespace pakashop {

/// One transfer, in the words of its kind.
template <class Statement>
struct Transfer {
    std::function<CallResult<Acceptance>()> send;
    std::function<CallResult<std::optional<Statement>>()> find;
    std::function<Conclusion(const Statement&)> conclude;
    std::function<KeyedCommand()> accepted;
    std::function<KeyedCommand(const ProviderFailure&)> failed;
    /// Why it must not be sent any more; nothing while it may.
    std::optional<ProviderFailure> withheld;
    /// Given up here already: the provider is asked only in case it went well after all.
    bool given_up = false;
};

/// After an unknown outcome the provider is asked no sooner than this: until then it may not know
/// the reference yet although it took the request (providers.md 1.3).
constexpr Duration safe_delay = seconds(5);
constexpr Duration poll_first = seconds(10);
constexpr Duration poll_most = minutes(5);
/// The same for what was given up here.
constexpr Duration poll_most_given_up = hours(1);
/// A matter that only a person can settle is looked at less and less often.
constexpr Duration contradiction_most = hours(24);

namespace transfers {

template <class Statement>
class Run {
public:
    Run(const ReactorContext& context, const Grant& grant, const Transfer<Statement>& transfer)
        : context_{context}, grant_{grant}, transfer_{transfer} {}

    Reaction run() {
        reaction_.next = grant_.attempt == 1 ? send_or_withhold() : ask_then_send();
        return std::move(reaction_);
    }

private:
    Next send_or_withhold() { return transfer_.withheld ? fail(*transfer_.withheld) : send(); }

    Next ask_then_send() {
        const auto result = timed(reaction_, transfer_.find);
        return match(
            result,
            [&](const std::optional<Statement>& found) {
                if (found) return take(*found);
                // What was sent before may not be known there yet: the asking ends with the effect.
                return transfer_.withheld ? poll_again("not_found") : send();
            },
            [&](const Refused& r) { return poll_again(r.failure.code); },
            [&](const TryLater& t) { return try_later(t); },
            [&](const NotSent&) { return again_soon("not_sent"); },
            [&](const Unknown&) { return again_soon("unknown"); }
        );
    }

    Next send() {
        const auto result = timed(reaction_, transfer_.send);
        return match(
            result,
            [&](const Acceptance& a) {
                return a == Acceptance::accepted ? accept() : ask_of_known();
            },
            [&](const Refused& r) { return fail(r.failure); },
            [&](const TryLater& t) { return try_later(t); },
            [&](const NotSent&) { return again_soon("not_sent"); },
            [&](const Unknown&) { return again_soon("unknown"); }
        );
    }

    // The provider had it already: how it fares is another question, and it must not be sent again.
    Next ask_of_known() {
        const auto result = timed(reaction_, transfer_.find);
        const auto* found = std::get_if<std::optional<Statement>>(&result);
        return found && *found ? take(**found) : poll_again("known_before");
    }

    Next accept() {
        if (!record(context_, grant_, "accepted", transfer_.accepted())) return Unrecorded{};
        return poll_again("accepted");
    }

    Next fail(const ProviderFailure& failure) {
        const auto outcome = record(context_, grant_, "failed", transfer_.failed(failure));
        if (!outcome) return Unrecorded{};
        return changed(*outcome) ? Next{Recorded{}} : Next{Done{failure.code}};
    }

    Next take(const Statement& statement) {
        Conclusion conclusion = transfer_.conclude(statement);
        if (conclusion.kind == Conclusion::Kind::contradicts) {
            tell_break(conclusion.reason);
            return wait_for_a_person();
        }
        const Actor provider{"pawapay", "SYSTEM", "status_query"};
        const auto outcome =
            record_as(context_, grant_, conclusion.id, provider, *std::move(conclusion.command));
        if (!outcome) return Unrecorded{};
        if (statement.status == TransferStatus::pending) return poll_again(statement.status_word);
        if (settles(*outcome)) return Recorded{};
        const bool as_thought = transfer_.given_up && statement.status == TransferStatus::failed;
        if (as_thought) return Done{statement.status_word};
        // A repeat was told of when it came first.
        if (!outcome->replayed) tell_break("the provider's last word settles nothing");
        return wait_for_a_person();
    }

    static bool changed(const Outcome& outcome) {
        return outcome.commit && !outcome.commit->events.empty();
    }
    static bool settles(const Outcome& outcome) {
        return changed(outcome) && !find_event<AccountEvent, PayoutMismatched>(outcome);
    }

    Next wait_for_a_person() const {
        return Later{backoff(grant_.attempt, poll_most, contradiction_most), "contradiction"};
    }

    Next poll_again(std::string reason) const {
        return Later{pause(poll_first), std::move(reason)};
    }
    Next again_soon(std::string reason) const {
        return Later{pause(safe_delay), std::move(reason)};
    }
    Next try_later(const TryLater& answer) const {
        const Duration after = std::max(answer.after.value_or(safe_delay), pause(safe_delay));
        return Later{after, answer.failure.code};
    }
    Duration pause(Duration first) const {
        const Duration most = transfer_.given_up ? poll_most_given_up : poll_most;
        return backoff(grant_.attempt, first, most);
    }

    void tell_break(const std::string& reason) const {
        context_.notice(
            {Notice::Level::error, "transfer_contradicts", grant_.subject + ": " + reason}
        );
    }

    const ReactorContext& context_;
    const Grant& grant_;
    const Transfer<Statement>& transfer_;
    Reaction reaction_;
};

}  // namespace transfers

/// Runs one attempt of it.
template <class Statement>
Reaction run_transfer(
    const ReactorContext& context,
    const Grant& grant,
    const Transfer<Statement>& transfer
) {
    return transfers::Run<Statement>{context, grant, transfer}.run();
}

}  // namespace pakashop
