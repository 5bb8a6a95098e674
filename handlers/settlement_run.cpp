#include "handlers/settlement_run.hpp"

#include <algorithm>
#include <thread>
#include <type_traits>

#include "handlers/ask.hpp"
#include "handlers/stream_loader.hpp"

namespace pakashop {
namespace {

constexpr int payouts_per_shop_max = 100;
constexpr std::size_t payouts_per_page_max = 2'000;  // Together they fit a record.
constexpr int tries_max = 20;
constexpr auto try_pause = std::chrono::milliseconds{150};

std::optional<RequestedPayout> payout_in(const Outcome& outcome) {
    if (!outcome.commit) return std::nullopt;
    for (const CommittedEvent& event : outcome.commit->events) {
        const auto* family = std::get_if<AccountEvent>(&event.event);
        const auto* e = family ? std::get_if<PayoutRequested>(family) : nullptr;
        if (!e) continue;
        const auto lines = static_cast<std::int64_t>(e->lines.size());
        return RequestedPayout{e->payout, e->shop, e->amount, lines};
    }
    return std::nullopt;
}

// Waiting cannot help against a damaged history.
bool may_try_again(const Outcome& outcome) {
    return !is_final(outcome.kind) && outcome.kind != Outcome::Kind::halted;
}

/// One run, or the rest of one that was interrupted.
class Run {
public:
    Run(const SettlementContext& context, const SettlementRequest& request)
        : context_{context}, request_{request}, stream_{stream_of<SettlementRun>(request.run)} {}

    Result<SettlementResult, SettlementFailure> go() {
        if (auto started = start(); !started) return unexpected{started.error()};
        while (true) {
            const auto state = load<SettlementRun>(stream_, stream_);
            if (state.finished) {
                result_.payouts = state.payouts;
                return std::move(result_);
            }
            const Step step = state.chosen.empty() ? choose(state) : pay(state);
            if (!step) return unexpected{step.error()};
        }
    }

private:
    using Step = Result<void, SettlementFailure>;
    using Payouts = std::vector<RequestedPayout>;

    template <class Aggregate>
    typename Aggregate::State load(std::string_view key, const std::string& stream) const {
        Store& store = context_.engine.store();
        auto loaded = load_stream(store, context_.engine.partition_of_key(key), stream);
        return std::get<typename Aggregate::State>(std::move(loaded.state));
    }

    Step start() {
        const SettlementRun::Start start{request_.run, request_.now};
        Command command = system_command(
            request_.command,
            {stream_, {stream_, SettlementRun::Command{start}}},
            request_.actor,
            request_.trace,
            request_.now
        );
        command.fingerprint = request_.fingerprint;
        const auto outcome = ask_patiently({std::move(command)});
        if (!outcome) return unexpected{outcome.error()};
        result_.replayed = outcome->front().replayed;
        if (outcome->front().kind == Outcome::Kind::committed) return {};
        return unexpected{SettlementFailure{outcome->front()}};
    }

    Step choose(const SettlementRun::State& state) {
        const ShopId after = state.last_chosen.value_or(ShopId{});
        auto shops = context_.queue.shops_to_pay(after, shops_chosen_max);
        if (!shops) return unexpected{SettlementFailure{shops.error()}};
        if (shops->empty()) return note("finish", state, SettlementRun::Finish{request_.now});
        return note("choose", state, SettlementRun::Choose{*std::move(shops)});
    }

    Step pay(const SettlementRun::State& state) {
        Payouts payouts;
        std::vector<ShopId> shops = state.chosen;
        for (int n = 1; n <= payouts_per_shop_max && !shops.empty(); ++n) {
            if (payouts.size() + shops.size() > payouts_per_page_max) break;
            auto more = pay_once(shops, n, payouts);
            if (!more) return unexpected{more.error()};
            shops = *std::move(more);
        }
        return note("paid", state, SettlementRun::RecordPaid{std::move(payouts)});
    }

    // One payout for each of these shops; the shops that have more come back.
    Result<std::vector<ShopId>, SettlementFailure>
    pay_once(const std::vector<ShopId>& shops, int n, Payouts& out) {
        std::vector<Command> commands;
        for (const ShopId& shop : shops) {
            auto command = guarded(shop, [&] { return payout_command(shop, n); });
            if (command) commands.push_back(*std::move(command));
        }
        const auto outcomes = ask_patiently(std::move(commands));
        if (!outcomes) return unexpected{outcomes.error()};
        std::vector<ShopId> more;
        for (const Outcome& outcome : *outcomes) {
            auto payout = payout_in(outcome);
            if (!payout) continue;
            if (may_have_more(outcome, payout->shop)) more.push_back(payout->shop);
            out.push_back(*std::move(payout));
        }
        return more;
    }

    // A run that was interrupted may have asked for further payouts before, so what is payable now
    // does not tell.
    bool may_have_more(const Outcome& outcome, const ShopId& shop) {
        if (outcome.replayed) return true;
        const auto payable = guarded(shop, [&] {
            const auto account = load<Account>(shop.value, stream_of<Account>(shop.value));
            return std::optional{Account::has_payable(account)};
        });
        return payable.value_or(false);
    }

    // Nothing for a shop whose history cannot be read: the others are paid.
    template <class Look>
    std::invoke_result_t<Look&> guarded(const ShopId& shop, Look look) {
        try {
            return look();
        } catch (const CorruptStream& damage) {
            result_.passed_over.push_back(shop.value + ": " + damage.what());
            return std::nullopt;
        }
    }

    // What asks a shop's account for its n-th payout of this run; nothing when it cannot be paid.
    // What was asked before the run was interrupted is asked again, to hear the answer, even if the
    // shop has been suspended since.
    std::optional<Command> payout_command(const ShopId& shop, int n) const {
        const auto state = context_.reference.get<Shop>(shop.value, shop.value);
        if (!state.profile) return std::nullopt;
        const bool active = state.profile->status == ShopStatus::active;
        if (!active && !was_asked(shop, n)) return std::nullopt;
        const auto& method = state.profile->payout_method;
        if (!method) return std::nullopt;
        const auto phone =
            open_at(method->phone, stream_of<Shop>(shop.value), "phone", context_.vault);
        if (!phone) return std::nullopt;
        const Account::RequestPayout payout{
            shop,
            method->network,
            Sealed<PublicText>{Subject{state.profile->owner.value}, *phone},
            method->masked,
            request_.now,
            request_.mover
        };
        const std::string stream = stream_of<Account>(shop.value);
        return follow_up(nth_payout(n), {shop.value, {stream, Account::Command{payout}}});
    }

    bool was_asked(const ShopId& shop, int n) const {
        const auto partition = context_.engine.partition_of_key(shop.value);
        const CommandId id = follow_up_id(nth_payout(n), stream_of<Account>(shop.value));
        return context_.engine.store().find_command(partition, id).has_value();
    }

    static std::string nth_payout(int n) { return "payout " + std::to_string(n); }

    CommandId follow_up_id(const std::string& what, const std::string& stream) const {
        return derived_command_id(to_hex(request_.command), what, stream);
    }

    // A fact about the run; under one id for each page, so that two who carry it on agree.
    Step note(
        const std::string& what,
        const SettlementRun::State& state,
        SettlementRun::Command command
    ) {
        const std::string named = what + " " + std::to_string(state.pages);
        const auto done = ask_patiently({follow_up(named, {stream_, {stream_, command}})});
        if (!done) return unexpected{done.error()};
        if (done->front().kind == Outcome::Kind::committed) return {};
        return unexpected{SettlementFailure{done->front()}};
    }

    Command follow_up(const std::string& what, KeyedCommand command) const {
        Trace trace = request_.trace;
        trace.causation = to_hex(request_.command);
        const CommandId id = follow_up_id(what, command.to.stream);
        return system_command(id, std::move(command), request_.actor, trace, request_.now);
    }

    // Every outcome, or the first that nothing came of. Who cannot be asked for damage is passed
    // over: the other shops are paid.
    Result<std::vector<Outcome>, SettlementFailure> ask_patiently(std::vector<Command> commands) {
        auto outcomes = ask_all(context_.engine, commands);
        for (int n = 1; n < tries_max && std::ranges::any_of(outcomes, may_try_again); ++n) {
            std::this_thread::sleep_for(try_pause);
            for (std::size_t i = 0; i < commands.size(); ++i) {
                if (may_try_again(outcomes[i])) outcomes[i] = ask(context_.engine, commands[i]);
            }
        }
        for (const Outcome& outcome : outcomes) {
            if (may_try_again(outcome)) return unexpected{SettlementFailure{outcome}};
            if (!outcome.commit) continue;
            auto& position = result_.position[outcome.commit->partition];
            position = std::max(position, outcome.commit->seq + 1);
        }
        return outcomes;
    }

    const SettlementContext& context_;
    const SettlementRequest& request_;
    std::string stream_;
    SettlementResult result_;
};

}  // namespace

Result<SettlementResult, SettlementFailure>
run_settlement(const SettlementContext& context, const SettlementRequest& request) {
    return Run{context, request}.go();
}

}  // namespace pakashop
