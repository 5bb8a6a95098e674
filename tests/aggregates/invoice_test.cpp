#include "aggregates/invoice.hpp"

#include "tests/aggregates/order_world.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using enum Invoice::Refusal;

namespace {

const InvoiceId invoice{"inv_ord_1_1"};
const PublicText tpin{"1000000001"};
const PublicText invoice_number{"PKS-20260512-001"};
const ProviderFailure outage{"TIMEOUT", "no answer"};

const InvoiceRequested
    requested{invoice, the_order, mwila, mwilas_lines(), Money{500'333}, Money{69'012}, noon};
const InvoiceBlocked blocked{invoice, the_order, mwila, tpin};
const InvoiceNumbered has_number{invoice, the_order, mwila, tpin, invoice_number, noon};
const InvoiceComposed composed{invoice, secret("{}")};
const InvoiceSent sent{invoice, the_order, mwila, "VSDC-1", "{\"receipt\":1}", noon};
const InvoiceFailed failed{invoice, the_order, mwila, 0, outage, noon};
const Given<Invoice> nothing;
const Given<Invoice> waiting{{requested}};
const Given<Invoice> numbered{{requested, has_number}};
const Given<Invoice> gave_up{{requested, has_number, failed}};
const Given<Invoice> done{{requested, has_number, composed, sent}};

const Invoice::RecordFailure failure{outage, false, noon};
const Invoice::RecordReceipt receipt{"VSDC-1", "{\"receipt\":1}", noon};

}  // namespace

TEST_CASE("an invoice is requested once, over the sums of its lines") {
    const Invoice::Request request{invoice, the_order, mwila, mwilas_lines(), noon};
    nothing.when(request).yields({requested}).again().is_already_so();
    CHECK(Invoice::status(waiting.state()) == InvoiceStatus::pending);
    CHECK(Invoice::bill(nothing.state()) == nullptr);
}

TEST_CASE("an unknown seller blocks an invoice until it gets its number") {
    const Invoice::Block block{tpin};
    nothing.when(block).is_already_so();
    const auto stopped = waiting.when(block);
    stopped.yields({blocked}).again().is_already_so();
    CHECK(Invoice::status(stopped.state()) == InvoiceStatus::blocked_tpin);
    numbered.when(block).is_already_so();
    const auto freed = stopped.when(Invoice::Number{tpin, invoice_number, noon});
    freed.yields({has_number}).again().is_already_so();
    CHECK(Invoice::status(freed.state()) == InvoiceStatus::pending);
    nothing.when(Invoice::Number{tpin, invoice_number, noon}).is_already_so();
}

TEST_CASE("the first composed document stays, and is kept with its place") {
    const Invoice::Compose compose{secret("{}")};
    nothing.when(compose).refuses(not_found);
    waiting.when(compose).refuses(illegal_transition);
    gave_up.when(compose).refuses(illegal_transition);
    const auto first = numbered.when(compose);
    first.yields({composed}).again().is_already_so();
    first.when(Invoice::Compose{secret("{\"other\":1}")}).is_already_so();
    CHECK(Invoice::numbered(first.state())->payload->version == 3);
}

TEST_CASE("the authority's receipt settles an invoice, even one that was given up") {
    nothing.when(receipt).is_already_so();
    waiting.when(receipt).is_already_so();
    numbered.when(receipt).yields({sent}).again().is_already_so();
    gave_up.when(receipt).yields({sent});
    done.when(Invoice::RecordReceipt{"VSDC-2", "{}", noon}).is_already_so();
    CHECK(Invoice::status(done.state()) == InvoiceStatus::sent);
}

TEST_CASE("mock mode settles an invoice with a simulated receipt") {
    const Invoice::RecordMock mock{"{}", noon};
    nothing.when(mock).is_already_so();
    const auto mocked = numbered.when(mock);
    mocked.yields({InvoiceMocked{invoice, the_order, mwila, "{}", noon}}).again().is_already_so();
    CHECK(Invoice::status(mocked.state()) == InvoiceStatus::mock);
    done.when(mock).is_already_so();
}

TEST_CASE("four transmissions: at once, then 5, 15 and 60 minutes after each failure") {
    nothing.when(failure).is_already_so();
    waiting.when(failure).is_already_so();
    const auto tried_again = [](std::int64_t retry, Duration after) {
        return InvoiceAttemptFailed{invoice, retry, outage, noon + after, noon};
    };
    const auto first = numbered.when(failure);
    first.yields({tried_again(1, minutes(5))});
    const auto second = first.when(failure);
    second.yields({tried_again(2, minutes(15))});
    const auto third = second.when(failure);
    third.yields({tried_again(3, minutes(60))});
    const auto last = third.when(failure);
    last.yields({InvoiceFailed{invoice, the_order, mwila, 3, outage, noon}});
    last.again().is_already_so();
    CHECK(Invoice::status(last.state()) == InvoiceStatus::failed);
    CHECK(Invoice::numbered(last.state())->retry_count == 3);
}

TEST_CASE("a refusal for good fails at once") {
    numbered.when(Invoice::RecordFailure{outage, true, noon}).yields({failed});
    const Sealed<PublicText> said{Subject{"usr_1", SubjectClass::tax}, R"({"error":{}})"};
    InvoiceFailed with_answer = failed;
    with_answer.response = said;
    numbered.when(Invoice::RecordFailure{outage, true, noon, said}).yields({with_answer});
}

TEST_CASE("only a failed invoice is sent again by hand") {
    const Invoice::Retry retry{noon};
    nothing.when(retry).refuses(not_found);
    waiting.when(retry).refuses(illegal_transition);
    numbered.when(retry).refuses(illegal_transition);
    done.when(retry).refuses(illegal_transition);
    const auto retried = gave_up.when(retry);
    retried.yields({InvoiceRetried{invoice, the_order, mwila, noon}});
    retried.again().refuses(illegal_transition);
    CHECK(Invoice::status(retried.state()) == InvoiceStatus::pending);
}

TEST_CASE("an invoice's event that cannot follow stops the fold") {
    CHECK_THROWS_AS(Given<Invoice>({blocked}), CorruptStream);
    CHECK_THROWS_AS(Given<Invoice>({requested, requested}), CorruptStream);
    CHECK_THROWS_AS(Given<Invoice>({requested, sent}), CorruptStream);
}

TEST_CASE("whatever is said of an invoice, its number and receipt never change") {
    const auto draw = [](Dice& dice, std::size_t) -> Invoice::Command {
        switch (dice.roll(10)) {
            case 0:
                return Invoice::Request{invoice, the_order, mwila, mwilas_lines(), noon};
            case 1:
                return Invoice::Block{tpin};
            case 2:
                return Invoice::Number{tpin, "PKS-20260512-" + std::to_string(dice.roll(9)), noon};
            case 3:
                return Invoice::Compose{secret("{}")};
            case 4:
                return dice.roll(3) ? Invoice::Command{failure} : receipt;
            case 5:
                return dice.roll(3) ? Invoice::Command{failure} : Invoice::RecordMock{"{}", noon};
            case 6:
                return Invoice::Retry{noon};
            default:
                return failure;
        }
    };
    std::size_t happened = 0;
    for (unsigned seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        std::optional<PublicText> number;
        bool over = false;
        happened += play<Invoice>(seed, 60, draw, [&](const auto& state, const auto& command) {
            if (!std::holds_alternative<Invoice::RecordFailure>(command))
                CHECK(settled<Invoice>(state, command));
            const auto* document = Invoice::numbered(state);
            if (!document) return;
            if (number) CHECK(document->number == *number);
            number = document->number;
            CHECK(document->retry_count <= 3);
            const bool settled_now =
                document->status == InvoiceStatus::sent || document->status == InvoiceStatus::mock;
            if (over) CHECK(settled_now);
            over = settled_now;
        });
    }
    CHECK(happened > 1000);
}
