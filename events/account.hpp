#pragma once

#include <optional>
#include <variant>

#include "events/payment.hpp"
#include "events/words.hpp"

/// A shop's money, line by line. Key: the shop.
namespace pakashop {

/// The shop's share of an order's lines, not yet earned.
struct FundsHeld {
    static constexpr std::string_view type = "account.held.v1";  // Stored for ever.
    ShopId shop;
    OrderId order;
    std::vector<AccountLine> lines;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &FundsHeld::shop),
            field("order", &FundsHeld::order),
            field("lines", &FundsHeld::lines)
        };
    }
    friend bool operator==(const FundsHeld&, const FundsHeld&) = default;
};
static_assert(lists_every_member<FundsHeld>);

/// Earned: the lines may be paid out.
struct FundsReleased {
    static constexpr std::string_view type = "account.released.v1";  // Stored for ever.
    ShopId shop;
    OrderId order;
    std::vector<AccountLine> lines;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &FundsReleased::shop),
            field("order", &FundsReleased::order),
            field("lines", &FundsReleased::lines)
        };
    }
    friend bool operator==(const FundsReleased&, const FundsReleased&) = default;
};
static_assert(lists_every_member<FundsReleased>);

/// The lines were cancelled before they were earned.
struct FundsCancelled {
    static constexpr std::string_view type = "account.cancelled.v1";  // Stored for ever.
    ShopId shop;
    OrderId order;
    std::vector<AccountLine> lines;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &FundsCancelled::shop),
            field("order", &FundsCancelled::order),
            field("lines", &FundsCancelled::lines)
        };
    }
    friend bool operator==(const FundsCancelled&, const FundsCancelled&) = default;
};
static_assert(lists_every_member<FundsCancelled>);

/// The intent to pay these lines out, in one payout (SET-12, C-11). The call follows from it.
struct PayoutRequested {
    static constexpr std::string_view type = "account.payout_requested.v1";  // Stored for ever.
    PayoutId payout;
    ShopId shop;
    Money amount;
    std::vector<AccountLine> lines;
    Operator network{};
    Sealed<PublicText> phone;
    PublicText masked;
    PublicText provider_reference;
    Instant at;
    std::optional<Provider> mover{};  ///< Who moves the money; absent: pawaPay.
    static constexpr auto fields() {
        return std::tuple{
            field("payout", &PayoutRequested::payout),
            field("shop", &PayoutRequested::shop),
            field("amount", &PayoutRequested::amount),
            field("lines", &PayoutRequested::lines),
            field("provider", &PayoutRequested::network),
            field("phone", &PayoutRequested::phone),
            field("masked", &PayoutRequested::masked),
            field("providerReference", &PayoutRequested::provider_reference),
            field("at", &PayoutRequested::at),
            field("mover", &PayoutRequested::mover)
        };
    }
    friend bool operator==(const PayoutRequested&, const PayoutRequested&) = default;
};
static_assert(lists_every_member<PayoutRequested>);

/// The provider took the instruction.
struct PayoutAccepted {
    static constexpr std::string_view type = "account.payout_accepted.v1";  // Stored for ever.
    PayoutId payout;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payout", &PayoutAccepted::payout), field("at", &PayoutAccepted::at)
        };
    }
    friend bool operator==(const PayoutAccepted&, const PayoutAccepted&) = default;
};
static_assert(lists_every_member<PayoutAccepted>);

/// The money arrived (C-11).
struct PayoutCompleted {
    static constexpr std::string_view type = "account.payout_completed.v1";  // Stored for ever.
    PayoutId payout;
    ShopId shop;
    Money amount;
    std::vector<AccountLine> lines;
    PublicText provider_transaction;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payout", &PayoutCompleted::payout),
            field("shop", &PayoutCompleted::shop),
            field("amount", &PayoutCompleted::amount),
            field("lines", &PayoutCompleted::lines),
            field("providerTransaction", &PayoutCompleted::provider_transaction),
            field("at", &PayoutCompleted::at)
        };
    }
    friend bool operator==(const PayoutCompleted&, const PayoutCompleted&) = default;
};
static_assert(lists_every_member<PayoutCompleted>);

/// It did not; the lines are releasable again, with the reason (C-11).
struct PayoutFailed {
    static constexpr std::string_view type = "account.payout_failed.v1";  // Stored for ever.
    PayoutId payout;
    ShopId shop;
    Money amount;
    std::vector<AccountLine> lines;
    ProviderFailure failure;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payout", &PayoutFailed::payout),
            field("shop", &PayoutFailed::shop),
            field("amount", &PayoutFailed::amount),
            field("lines", &PayoutFailed::lines),
            field("failure", &PayoutFailed::failure),
            field("at", &PayoutFailed::at)
        };
    }
    friend bool operator==(const PayoutFailed&, const PayoutFailed&) = default;
};
static_assert(lists_every_member<PayoutFailed>);

/// The provider took a payout back after it had arrived: its lines are releasable again (C-11).
struct PayoutReversed {
    static constexpr std::string_view type = "account.payout_reversed.v1";  // Stored for ever.
    PayoutId payout;
    ShopId shop;
    Money amount;
    std::vector<AccountLine> lines;
    ProviderFailure failure;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payout", &PayoutReversed::payout),
            field("shop", &PayoutReversed::shop),
            field("amount", &PayoutReversed::amount),
            field("lines", &PayoutReversed::lines),
            field("failure", &PayoutReversed::failure),
            field("at", &PayoutReversed::at)
        };
    }
    friend bool operator==(const PayoutReversed&, const PayoutReversed&) = default;
};
static_assert(lists_every_member<PayoutReversed>);

/// Another amount arrived than was sent. The payout stays under way until a person, or evidence of
/// the right amount, decides.
struct PayoutMismatched {
    static constexpr std::string_view type = "account.payout_mismatched.v1";  // Stored for ever.
    PayoutId payout;
    ShopId shop;
    Money expected;
    Money received;
    PublicText provider_transaction;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payout", &PayoutMismatched::payout),
            field("shop", &PayoutMismatched::shop),
            field("expected", &PayoutMismatched::expected),
            field("received", &PayoutMismatched::received),
            field("providerTransaction", &PayoutMismatched::provider_transaction),
            field("at", &PayoutMismatched::at)
        };
    }
    friend bool operator==(const PayoutMismatched&, const PayoutMismatched&) = default;
};
static_assert(lists_every_member<PayoutMismatched>);

/// Every event of this family; the variant is the registry.
using AccountEvent = std::variant<
    FundsHeld,
    FundsReleased,
    FundsCancelled,
    PayoutRequested,
    PayoutAccepted,
    PayoutCompleted,
    PayoutFailed,
    PayoutReversed,
    PayoutMismatched>;

}  // namespace pakashop
