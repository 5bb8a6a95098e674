#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/sealed_at.hpp"
#include "events/account.hpp"
#include "events/statuses.hpp"

namespace pakashop {

/// Lines one payout contains at most, so that its events fit a record.
constexpr std::size_t payout_lines_max = 1'000;
/// The most that pawaPay moves in one payout; more is refused each time (AMOUNT_OUT_OF_BOUNDS).
constexpr Money payout_amount_max{100'000'000};
/// Lines of completed payouts that are kept in case the provider takes a payout back.
constexpr std::size_t completed_lines_kept_max = 2'000;

/// A shop's money, line by line: held, releasable, in payout; what was paid out is only counted,
/// but for the newest payouts, which may still be reversed.
/// Stream: account:<shop>; key: the shop.
struct Account {
    /// The shop's share of one order line.
    struct Line {
        OrderId order;
        Money amount;
        SettlementStatus status{};  ///< HELD, RELEASABLE or PAYOUT_PENDING.
        static constexpr auto fields() {
            return std::tuple{
                field("order", &Line::order),
                field("amount", &Line::amount),
                field("status", &Line::status)
            };
        }
        friend bool operator==(const Line&, const Line&) = default;
    };
    /// A payout under way: all that its reactor needs to know.
    struct Payout {
        Money amount;
        std::vector<AccountLine> lines;
        PayoutStatus status{};  ///< PENDING or SENT; the others leave the state.
        Operator network{};
        SealedAt<PublicText> phone;
        PublicText masked;
        PublicText provider_reference;
        Instant at;
        std::optional<Provider> mover{};    ///< Absent: pawaPay.
        std::optional<Money> mismatched{};  ///< What is said to have arrived instead.
        static constexpr auto fields() {
            return std::tuple{
                field("amount", &Payout::amount),
                field("lines", &Payout::lines),
                field("status", &Payout::status),
                field("provider", &Payout::network),
                field("phone", &Payout::phone),
                field("masked", &Payout::masked),
                field("providerReference", &Payout::provider_reference),
                field("at", &Payout::at),
                field("mover", &Payout::mover),
                field("mismatched", &Payout::mismatched)
            };
        }
        friend bool operator==(const Payout&, const Payout&) = default;
    };
    /// A payout that arrived, and may still be taken back.
    struct Completed {
        PayoutId payout;
        Money amount;
        std::vector<AccountLine> lines;
        static constexpr auto fields() {
            return std::tuple{
                field("payout", &Completed::payout),
                field("amount", &Completed::amount),
                field("lines", &Completed::lines)
            };
        }
        friend bool operator==(const Completed&, const Completed&) = default;
    };
    /// Lines that were paid out are only summed: they would grow without bound.
    struct State {
        std::int64_t version = 0;  ///< Events so far.
        ShopId shop;
        std::map<std::string, Line> lines;      ///< By item.
        std::vector<ItemId> releasable_items;   ///< In the order they became so.
        std::map<std::string, Payout> payouts;  ///< Under way, by payout.
        std::vector<Completed> completed;       ///< The newest, oldest first.
        std::int64_t payouts_made = 0;
        Money paid_out_sum;

        /// The four balances; together all that was ever noted and not cancelled.
        Money held() const;
        Money releasable() const;
        Money in_payout() const;
        Money paid_out() const { return paid_out_sum; }
        static constexpr auto fields() {
            return std::tuple{
                field("version", &State::version),
                field("shop", &State::shop),
                field("lines", &State::lines),
                field("releasable", &State::releasable_items),
                field("payouts", &State::payouts),
                field("completed", &State::completed),
                field("payoutsMade", &State::payouts_made),
                field("paidOut", &State::paid_out_sum)
            };
        }
        friend bool operator==(const State&, const State&) = default;
    };

    /// From the process on LinesHeld; total. A line that is here already, wherever: nothing.
    struct NoteHeld {
        ShopId shop;
        OrderId order;
        std::vector<AccountLine> lines;
    };
    /// From the process on LinesReleased; total. Only lines that are held; a line nobody noted is
    /// never paid.
    struct Release {
        ShopId shop;
        OrderId order;
        std::vector<AccountLine> lines;
    };
    /// From the process on LinesCancelled; total. Only lines that are held.
    struct CancelHeld {
        ShopId shop;
        OrderId order;
        std::vector<AccountLine> lines;
    };
    /// Pays out what is releasable, oldest lines first, as far as one payout may hold, numbered
    /// here: pot_<shop>_<n>. Nothing releasable that fits, or worth nothing: already so. A line
    /// that alone is more than `payout_amount_max` stays releasable.
    struct RequestPayout {
        ShopId shop;
        Operator network;
        Sealed<PublicText> phone;
        PublicText masked;
        Instant now;
        Provider mover = Provider::pawapay;
    };
    /// The provider took the instruction; total. A payout that is not under way: nothing, here and
    /// below.
    struct RecordAccepted {
        PayoutId payout;
        Instant now;
    };
    /// Evidence that it arrived; total. Another amount than was sent proves nothing of this payout:
    /// it is noted once, and the payout stays under way.
    struct RecordCompleted {
        PayoutId payout;
        Money amount;
        PublicText provider_transaction;
        Instant now;
    };
    /// Evidence that it failed; total. After it had arrived: it was taken back. What arrived so
    /// long ago that it is not kept any more: nothing, and the caller raises a break.
    struct RecordFailed {
        PayoutId payout;
        ProviderFailure failure;
        Instant now;
    };
    using Command = std::variant<
        NoteHeld,
        Release,
        CancelHeld,
        RequestPayout,
        RecordAccepted,
        RecordCompleted,
        RecordFailed>;

    using Event = AccountEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 1>{"not_found"};
    }

    static constexpr std::string_view category = "account";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);

    /// Whether another payout would contain anything.
    static bool has_payable(const State& state);
};
static_assert(Decider<Account>);
static_assert(lists_every_member<Account::State>);
static_assert(lists_every_member<Account::Line>);
static_assert(lists_every_member<Account::Payout>);
static_assert(lists_every_member<Account::Completed>);

}  // namespace pakashop
