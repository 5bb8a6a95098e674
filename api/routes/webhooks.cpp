#include <charconv>

#include <spdlog/spdlog.h>

#include "api/answers.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/states.hpp"
#include "handlers/evidence.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

constexpr std::chrono::milliseconds catching_up_patience{2000};

Problem callback_problem(CallbackFault fault, const http::Request& request) {
    switch (fault) {
        case CallbackFault::signature:
            return {.code = "webhook_signature_invalid"};
        case CallbackFault::unreadable:
            if (!parse_body(request, false)) return {.code = "malformed_json"};
            return {
                .code = "validation_failed",
                .detail = "This is no statement of a deposit, payout or refund.",
                .errors = {{"#", "must name what it is about, and how that stands"}}
            };
        case CallbackFault::busy:
            break;
    }
    return {.code = "overloaded", .detail = "The signature cannot be checked now."};
}

/// A row of external_ids: who a reference without metadata is about.
Awaitable<Result<std::optional<model::Row>, Problem>>
find_reference(App& app, std::string reference) {
    std::vector<model::Value> parameters{std::move(reference)};
    std::vector<model::Value> again = parameters;
    auto rows = co_await read_rows(
        app, model::tables::external_ids, "WHERE reference = $1", std::move(parameters)
    );
    if (!rows) co_return unexpected{rows.error()};
    if (!rows->empty()) co_return std::optional{std::move(rows->front())};
    // Nobody knows it yet, which says something only once everything is there (architecture 3.2).
    const Position all = end_of_log(app.engine);
    if (co_await visible(app.progress, all, catching_up_patience)) {
        rows = co_await read_rows(
            app, model::tables::external_ids, "WHERE reference = $1", std::move(again)
        );
        if (!rows) co_return unexpected{rows.error()};
        if (rows->empty()) co_return std::optional<model::Row>{};
        co_return std::optional{std::move(rows->front())};
    }
    co_return unexpected{Problem{
        .code = "read_model_unavailable",
        .detail = "Whether this is ours cannot be told yet.",
        .retry_after_s = 1
    }};
}

// An attempt is in the log before the provider hears of it, so one that is not there is not ours.
// Learns who was asked to pay, too.
bool is_ours(App& app, DepositSubject& subject) {
    const std::string& order = subject.order.value;
    const auto state = state_of<Payment>(app, order, order);
    const Payment::Attempt* attempt = Payment::find(state, subject.payment);
    if (!attempt) return false;
    const auto phone = open_at(attempt->phone, stream_of<Payment>(order), "phone", app.vault);
    subject.payer = phone.value_or("");
    return true;
}

// Payouts are numbered; the account remembers how many there were. Learns whose wallet one under
// way is for, too.
bool is_ours(App& app, PayoutSubject& subject) {
    const std::string& shop = subject.shop.value;
    const std::string& id = subject.payout.value;
    const auto state = state_of<Account>(app, shop, shop);
    if (const auto open = state.payouts.find(id); open != state.payouts.end()) {
        const auto phone =
            open_at(open->second.phone, stream_of<Account>(shop), "phone", app.vault);
        subject.recipient = phone.value_or("");
    }
    std::int64_t number = 0;
    const char* const end = id.data() + id.size();
    std::from_chars(id.data() + id.rfind('_') + 1, end, number);
    return number >= 1 && number <= state.payouts_made;
}

/// What is known of a deposit, and how.
struct Finding {
    DepositStatement statement;
    Evidence evidence = Evidence::signed_callback;
};

// Of a large amount the provider is asked before it is believed (C-17). Until it says the same it
// may call again.
Awaitable<Result<Finding, Problem>> believed(App& app, DepositStatement told, const Call& call) {
    const bool large = told.amount && *told.amount >= app.config.confirm_deposits_from;
    if (told.status != TransferStatus::completed || !large) co_return Finding{std::move(told)};
    auto work = [&app, reference = told.reference, trace = call.trace] {
        return app.money.find_deposit(reference, trace);
    };
    const auto asked = co_await on_pool(app.outside_pool, std::move(work));
    const auto* found = std::get_if<std::optional<DepositStatement>>(&asked);
    if (found && *found && (*found)->status == TransferStatus::completed) {
        co_return Finding{**found, Evidence::status_query};
    }
    co_return unexpected{Problem{
        .code = "provider_unavailable",
        .detail = "The provider does not say so when it is asked.",
        .retry_after_s = 10
    }};
}

Awaitable<Result<std::optional<Conclusion>, Problem>>
conclude_deposit(App& app, const DepositStatement& statement, const Call& call) {
    auto subject = subject_of(statement);
    if (!subject) {
        auto row = co_await find_reference(app, statement.reference);
        if (!row) co_return unexpected{row.error()};
        if (!*row) co_return std::optional<Conclusion>{};
        subject = {OrderId{(*row)->text("key")}, PaymentId{(*row)->text("subject")}};
    }
    if (!is_ours(app, *subject)) co_return std::optional<Conclusion>{};
    const auto finding = co_await believed(app, statement, call);
    if (!finding) co_return unexpected{finding.error()};
    const EvidenceContext context{finding->evidence, app.settings().invoicing(), call.now};
    co_return std::optional{conclude(finding->statement, *subject, context)};
}

Awaitable<Result<std::optional<Conclusion>, Problem>>
conclude_payout(App& app, const PayoutStatement& statement, const Call& call) {
    auto subject = subject_of(statement);
    if (!subject) {
        auto row = co_await find_reference(app, statement.reference);
        if (!row) co_return unexpected{row.error()};
        if (!*row) co_return std::optional<Conclusion>{};
        subject = {ShopId{(*row)->text("key")}, PayoutId{(*row)->text("subject")}};
    }
    if (!is_ours(app, *subject)) co_return std::optional<Conclusion>{};
    co_return std::optional{conclude(statement, *subject, call.now)};
}

// What cannot be ours is answered 200, so that it is not sent for ever, and left for people.
Answer report_break(const Call& call, std::string_view reference, std::string_view reason) {
    SPDLOG_WARN(
        "reconciliation break: reference={} reason={} correlation={}",
        reference,
        reason,
        call.trace.correlation
    );
    return json_response("{}");
}

Awaitable<Answer> submit_evidence(
    App& app,
    Call& call,
    Conclusion conclusion,
    std::string reference,
    bool final_word
) {
    Command command;
    command.id = conclusion.id;
    command.fingerprint = sha256(to_hex(conclusion.id));
    command.key = conclusion.command->key;
    command.to = std::move(conclusion.command->to);
    command.actor = {"pawapay", "SYSTEM", "signed_callback"};
    command.trace = call.trace;
    command.now = call.now;
    auto outcome = co_await commit(app, call, std::move(command));
    if (!outcome) co_return unexpected{outcome.error()};
    // Said for the first time and yet without effect: money moved where we do not see why.
    const bool idle = !outcome->replayed && outcome->commit->events.empty() && final_word;
    if (idle) co_return report_break(call, reference, "the provider's word changes nothing");
    co_return json_response("{}");
}

Awaitable<Answer> pawapay_callback(App& app, Call& call) {
    auto work = [&app, &request = call.request] { return app.callbacks.read(request); };
    auto statement = co_await on_pool(app.outside_pool, std::move(work));
    if (!statement) co_return unexpected{callback_problem(statement.error(), call.request)};
    Result<std::optional<Conclusion>, Problem> conclusion = std::optional<Conclusion>{};
    std::string reference;
    bool final_word = false;
    if (const auto* deposit = std::get_if<DepositStatement>(&*statement)) {
        reference = deposit->reference;
        final_word = deposit->status != TransferStatus::pending;
        conclusion = co_await conclude_deposit(app, *deposit, call);
    } else if (const auto* payout = std::get_if<PayoutStatement>(&*statement)) {
        reference = payout->reference;
        final_word = payout->status != TransferStatus::pending;
        conclusion = co_await conclude_payout(app, *payout, call);
    } else {
        reference = std::get<RefundStatement>(*statement).reference;
    }
    if (!conclusion) co_return unexpected{conclusion.error()};
    if (!*conclusion) co_return report_break(call, reference, "nobody here asked for it");
    if ((*conclusion)->kind == Conclusion::Kind::contradicts) {
        co_return report_break(call, reference, (*conclusion)->reason);
    }
    Conclusion evidence = **std::move(conclusion);
    co_return co_await submit_evidence(
        app, call, std::move(evidence), std::move(reference), final_word
    );
}

// The reference we would have given it; for people to look it up at the provider.
std::string flutterwave_reference(const http::Request& request) {
    const auto root = parse_body(request, false);
    const auto data = root ? root->member("data") : std::nullopt;
    const auto reference = data ? data->member("tx_ref") : std::nullopt;
    const auto text = reference ? reference->text() : std::nullopt;
    return std::string{text.value_or("unknown").substr(0, 100)};
}

// Its hash proves who calls, not what is said, and no payment of ours goes through it yet.
Awaitable<Answer> flutterwave_callback(App& app, Call& call) {
    const KeyRing secret{{app.config.flutterwave_secret_hash}};
    if (!secret.opens(call.request.header("verif-hash"))) {
        co_return unexpected{Problem{.code = "webhook_signature_invalid"}};
    }
    const std::string reference = flutterwave_reference(call.request);
    co_return report_break(call, reference, "no payment is Flutterwave's");
}

// What the providers document (providers.md). Only the id is insisted on: they add members, and
// leave some out.
Shape pawapay_shape() {
    return told(R"({depositId?, payoutId?, refundId?, status?, amount?, currency?, country?,
        payer?:{type?, accountDetails?:{phoneNumber?, provider?}},
        recipient?:{type?, accountDetails?:{phoneNumber?, provider?}}, customerMessage?, created?,
        providerTransactionId?, failureReason?:{failureCode?, failureMessage?},
        metadata?:{*:any}})");
}

Shape flutterwave_shape() {
    return told(R"({event, data:{id?:integer, tx_ref?, flw_ref?, amount?:number, currency?,
        charged_amount?:number, status?, payment_type?, created_at?}})");
}

}  // namespace

std::vector<BoundRoute> webhook_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/payments/webhook/pawapay",
          .summary = "pawaPay tells how a deposit, payout or refund ended.",
          .tag = "webhooks",
          .access = open_to_all(),
          .body = pawapay_shape(),
          .reply = {200, "Taken; or not ours, and noted.", told("{}")},
          .problems =
              {"webhook_signature_invalid",
               "overloaded",
               "read_model_unavailable",
               "provider_unavailable"}},
         pawapay_callback},
        {{.method = "POST",
          .pattern = "/api/v1/payments/webhook/flutterwave",
          .summary = "Flutterwave tells how a charge ended.",
          .tag = "webhooks",
          .access = open_to_all(),
          .body = flutterwave_shape(),
          .reply = {200, "Taken; or not ours, and noted.", told("{}")},
          .problems = {"webhook_signature_invalid"}},
         flutterwave_callback},
    };
}

}  // namespace pakashop::api
