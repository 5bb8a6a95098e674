#include "handlers/evidence.hpp"

#include <algorithm>

#include "aggregates/provider_reference.hpp"
#include "handlers/commit.hpp"

namespace pakashop {
namespace {

constexpr std::string_view currency = "ZMW";

std::string metadata_of(const TransferStatement& statement, const std::string& name) {
    const auto found = statement.metadata.find(name);
    return found == statement.metadata.end() ? std::string{} : found->second;
}

Conclusion contradicts(std::string reason) {
    return {Conclusion::Kind::contradicts, std::nullopt, {}, std::move(reason)};
}

/// What is told is the identity of the command; when and how it was told is not.
CommandId id_of(const TransferStatement& statement, const std::string& stream) {
    const std::string amount = statement.amount ? to_decimal(*statement.amount) : "none";
    const std::string told =
        std::string{name_of(statement.status)} + " " + amount + " " + statement.currency;
    return derived_command_id("evidence " + statement.reference, told, stream);
}

Conclusion submit(
    const TransferStatement& statement,
    const std::string& key,
    std::string stream,
    AnyCommand command
) {
    const CommandId id = id_of(statement, stream);
    KeyedCommand keyed{key, {std::move(stream), std::move(command)}};
    return {Conclusion::Kind::submit, std::move(keyed), id, {}};
}

Conclusion
submit(const TransferStatement& statement, const std::string& order, Payment::Command command) {
    return submit(statement, order, stream_of<Payment>(order), std::move(command));
}
Conclusion
submit(const TransferStatement& statement, const std::string& shop, Account::Command command) {
    return submit(statement, shop, stream_of<Account>(shop), std::move(command));
}

/// Why money that is said to have moved cannot be booked; empty when it can.
std::string fault_in_money(const TransferStatement& statement) {
    if (statement.currency != currency) return "the currency is not ZMW";
    if (!statement.amount) return "the amount cannot be read";
    if (*statement.amount < Money{0} || *statement.amount > amount_max) return "no such amount";
    return {};
}

ProviderFailure failure_of(const TransferStatement& statement) {
    return statement.failure.value_or(ProviderFailure{"UNSPECIFIED_FAILURE", "no reason given"});
}

std::string digits_of(std::string_view phone) {
    std::string digits;
    std::ranges::copy_if(phone, std::back_inserter(digits), [](char c) {
        return c >= '0' && c <= '9';
    });
    return digits;
}

/// Whether it tells of somebody else's money; what either side does not say does not count.
bool of_another(const TransferStatement& statement, const std::string& phone) {
    return !phone.empty() && !statement.phone.empty() && digits_of(phone) != statement.phone;
}

Conclusion completed(
    const DepositStatement& statement,
    const DepositSubject& subject,
    const EvidenceContext& context
) {
    if (auto fault = fault_in_money(statement); !fault.empty()) return contradicts(fault);
    if (of_another(statement, subject.payer)) return contradicts("somebody else paid");
    return submit(
        statement,
        subject.order.value,
        Payment::RecordCapture{
            subject.payment,
            *statement.amount,
            statement.provider_transaction,
            context.evidence,
            context.invoicing,
            context.now
        }
    );
}

}  // namespace

std::optional<DepositSubject> subject_of(const DepositStatement& statement) {
    const PaymentId payment{metadata_of(statement, "paymentId")};
    const OrderId order{parent_of("pay", payment.value)};
    const bool ours = !order.value.empty() && metadata_of(statement, "orderId") == order.value &&
                      provider_reference(payment) == statement.reference;
    if (!ours) return std::nullopt;
    return DepositSubject{order, payment};
}

std::optional<PayoutSubject> subject_of(const PayoutStatement& statement) {
    const PayoutId payout{metadata_of(statement, "payoutId")};
    const ShopId shop{parent_of("pot", payout.value)};
    if (shop.value.empty() || provider_reference(payout) != statement.reference) {
        return std::nullopt;
    }
    return PayoutSubject{shop, payout};
}

Conclusion conclude(
    const DepositStatement& statement,
    const DepositSubject& subject,
    const EvidenceContext& context
) {
    if (provider_reference(subject.payment) != statement.reference) {
        return contradicts("the reference is not this payment's");
    }
    const std::string& key = subject.order.value;
    switch (statement.status) {
        case TransferStatus::completed:
            return completed(statement, subject, context);
        case TransferStatus::failed:
            return submit(
                statement,
                key,
                Payment::RecordFailure{subject.payment, failure_of(statement), context.now}
            );
        case TransferStatus::pending:
            return submit(statement, key, Payment::RecordPending{subject.payment, context.now});
    }
    return {};
}

Conclusion conclude(const PayoutStatement& statement, const PayoutSubject& subject, Instant now) {
    if (provider_reference(subject.payout) != statement.reference) {
        return contradicts("the reference is not this payout's");
    }
    const std::string& key = subject.shop.value;
    switch (statement.status) {
        case TransferStatus::completed: {
            if (auto fault = fault_in_money(statement); !fault.empty()) return contradicts(fault);
            if (of_another(statement, subject.recipient)) {
                return contradicts("somebody else was paid");
            }
            return submit(
                statement,
                key,
                Account::RecordCompleted{
                    subject.payout, *statement.amount, statement.provider_transaction, now
                }
            );
        }
        case TransferStatus::failed:
            return submit(
                statement, key, Account::RecordFailed{subject.payout, failure_of(statement), now}
            );
        case TransferStatus::pending:
            return submit(statement, key, Account::RecordAccepted{subject.payout, now});
    }
    return {};
}

}  // namespace pakashop
