#pragma once

#include <optional>
#include <string>

#include "events/payment.hpp"
#include "handlers/commands.hpp"
#include "handlers/ports/mobile_money.hpp"

/// From a provider's statement to the command it is evidence for (C-16): the same functions for
/// callbacks and for status queries, so that both mean the same. All of them are pure. A callback
/// may only be used once its signature was verified over its raw body.
namespace pakashop {

/// Which of our payments a deposit is about. For a row of `external_ids`: its key and subject.
struct DepositSubject {
    OrderId order;
    PaymentId payment;
    std::string payer{};  ///< The phone that was asked, in any spelling; empty: not known here.
    friend bool operator==(const DepositSubject&, const DepositSubject&) = default;
};
/// Which of our payouts a transfer to a shop is about.
struct PayoutSubject {
    ShopId shop;
    PayoutId payout;
    std::string recipient{};  ///< The phone that was to get it; as `payer`.
    friend bool operator==(const PayoutSubject&, const PayoutSubject&) = default;
};

/// What we sent along says whom a statement is about, and the reference proves it: it is derived
/// from our id. Nothing when there is no such metadata or the two disagree; then the read model
/// `external_ids` knows the reference, or nobody does.
std::optional<DepositSubject> subject_of(const DepositStatement& statement);
std::optional<PayoutSubject> subject_of(const PayoutStatement& statement);

/// How and when the statement came.
struct EvidenceContext {
    Evidence evidence = Evidence::status_query;
    Invoicing invoicing = Invoicing::off;  ///< The flags as they are now (ZRA-02).
    Instant now;
};

/// What follows from a statement.
struct Conclusion {
    enum class Kind {
        submit,      ///< `command` is to be submitted; repeating it changes nothing.
        contradicts  ///< It cannot be ours as it stands: a break for reconciliation.
    };
    Kind kind = Kind::contradicts;
    std::optional<KeyedCommand> command;
    /// The command's id: the same for every telling of the same statement, by whatever way it came,
    /// so a callback that comes twice is one command. Its fingerprint is sha256(to_hex(id)).
    CommandId id{};
    std::string reason;  ///< Only when it contradicts: for people, without personal data.
};

/// COMPLETED → Payment.RecordCapture (the decider compares the amount), FAILED → RecordFailure,
/// anything else → RecordPending. A currency other than ZMW, no readable amount, another payer than
/// the subject's, or another reference than its own contradicts (C-45).
Conclusion conclude(const DepositStatement&, const DepositSubject&, const EvidenceContext& context);
/// The same for Account.RecordCompleted, RecordFailed and RecordAccepted.
Conclusion conclude(const PayoutStatement&, const PayoutSubject&, Instant now);

}  // namespace pakashop
