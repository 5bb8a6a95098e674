#pragma once

#include "aggregates/decider.hpp"
#include "events/account.hpp"

namespace pakashop {

/// A shop's money, line by line: held, releasable, in payout; what was paid out is only counted.
/// Stream: account:<shop>; key: the shop.
struct Account {
    // STATE

    /// From the process on LinesHeld; total.
    struct NoteHeld {
        ShopId shop;
        OrderId order;
        std::vector<AccountLine> lines;
    };
    /// From the process on LinesReleased; total.
    struct Release {
        ShopId shop;
        OrderId order;
        std::vector<AccountLine> lines;
    };
    /// From the process on LinesCancelled; total.
    struct CancelHeld {
        ShopId shop;
        OrderId order;
        std::vector<AccountLine> lines;
    };
    /// Pays out all that is releasable (at most 1,000 lines a payout), numbered here:
    /// pot_<shop>_<n>. Nothing releasable: already so.
    struct RequestPayout {
        ShopId shop;
        Operator network;
        Sealed<PublicText> phone;
        PublicText masked;
        Instant now;
    };
    /// The provider took the instruction; total.
    struct RecordAccepted {
        PayoutId payout;
        Instant now;
    };
    /// Evidence that it arrived; total.
    struct RecordCompleted {
        PayoutId payout;
        Money amount;
        PublicText provider_transaction;
        Instant now;
    };
    /// Evidence that it failed; total.
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
};

}  // namespace pakashop
