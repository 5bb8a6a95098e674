#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "events/record.hpp"
#include "events/words.hpp"
#include "handlers/ports/call_result.hpp"

/// Mobile money as the reactors need it (PAY-07, SET-04): collect, pay out, and ask what became of
/// it. The caller names every transfer; a repeated name is the same transfer, never a second one.
namespace pakashop {

/// How far a transfer is. Only the last two are final.
enum class TransferStatus { pending, completed, failed };
constexpr auto enum_names(TransferStatus) {
    return std::array<std::string_view, 3>{"PENDING", "COMPLETED", "FAILED"};
}

/// What a provider says of one transfer, whether it called us or was asked.
struct TransferStatement {
    std::string reference;  ///< The id that we gave the transfer: a UUIDv4.
    TransferStatus status = TransferStatus::pending;
    std::string status_word;      ///< The provider's own, `IN_RECONCILIATION`.
    std::optional<Money> amount;  ///< Absent when the provider named none that can be read.
    std::string currency;
    std::string phone;                 ///< Digits only; empty when it is not told.
    std::string provider_transaction;  ///< The provider's id of it; may be empty.
    std::optional<ProviderFailure> failure;
    std::map<std::string, std::string> metadata;  ///< What we sent along, by name.
};

/// Money from a buyer.
struct DepositStatement : TransferStatement {};
/// Money to a shop.
struct PayoutStatement : TransferStatement {};
/// Money back to a buyer.
struct RefundStatement : TransferStatement {
    std::string deposit;  ///< The reference of the deposit it gives back.
};

/// The payer is asked to approve on the phone.
struct DepositRequest {
    std::string reference;
    OrderId order;
    PaymentId payment;
    Operator network{};
    std::string phone;  ///< E.164.
    Money amount;
};

/// The recipient simply gets it.
struct PayoutRequest {
    std::string reference;
    ShopId shop;
    PayoutId payout;
    Operator network{};
    std::string phone;  ///< E.164.
    Money amount;
};

/// The provider has the request: from this call, or from an earlier one of the same reference. The
/// second says nothing about how the transfer fares: ask.
enum class Acceptance { accepted, known_before };

/// Implementations are safe from any thread, block for seconds at most, and send the trace along.
class MobileMoney {
public:
    virtual ~MobileMoney() = default;

    virtual CallResult<Acceptance> request_deposit(const DepositRequest&, const Trace&) = 0;
    virtual CallResult<Acceptance> request_payout(const PayoutRequest&, const Trace&) = 0;

    /// Where the transfer stands; nothing when the provider does not know the reference (yet).
    virtual CallResult<std::optional<DepositStatement>>
    find_deposit(std::string_view reference, const Trace&) = 0;
    virtual CallResult<std::optional<PayoutStatement>>
    find_payout(std::string_view reference, const Trace&) = 0;

    /// A harmless call: whether the provider answers at all.
    virtual bool answers() = 0;
};

}  // namespace pakashop
