#include <algorithm>

#include "handlers/policies/effect_ids.hpp"
#include "handlers/tax_figures.hpp"
#include "tests/handlers/reactor_world.hpp"

using namespace pakashop;
using kit::Mood;
using kit::ReactorWorld;

namespace {

const std::string order = kit::the_order.value;
const std::string mwilas = "inv_ord_1_1";
const std::string bandas = "inv_ord_1_2";

/// Both shops are open with valid TPINs.
struct TaxWorld : ReactorWorld {
    TaxWorld() {
        open_shop(kit::mwila, "1234567890");
        open_shop(kit::banda, "2234567890");
    }
    Invoice::State invoice(const std::string& id) { return state<Invoice>(order, id); }
    InvoiceStatus status(const std::string& id) { return Invoice::status(invoice(id)); }
};

}  // namespace

TEST_CASE("each shop of a paid order has its invoice sent once, as it is stored") {
    TaxWorld world;
    world.pay();
    CHECK(world.status(mwilas) == InvoiceStatus::sent);
    CHECK(world.status(bandas) == InvoiceStatus::sent);
    const auto documents = world.tax.received();
    REQUIRE(documents.size() == 2);
    const auto payload = *Invoice::numbered(world.invoice(mwilas))->payload;
    const auto stored = open_at(payload, "invoice:" + mwilas, "payload", world.vault);
    CHECK((documents[0] == *stored || documents[1] == *stored));
    CHECK(stored->find(R"("name":"Chanda Phiri")") != std::string::npos);
    CHECK(stored->find(R"("address":"1 Cairo Road, Lusaka")") != std::string::npos);
    CHECK(stored->find(R"("transactionId":"MTN-1")") != std::string::npos);
    CHECK(stored->find(R"("totalAmount":5003.33)") != std::string::npos);
    CHECK(payload.field.ciphertext()->key == "usr_buyer/tax#1");
}

TEST_CASE("mock mode makes a receipt and calls nobody") {
    TaxWorld world;
    world.settings.zra_mock_mode = true;
    world.tax.moods.set_down(true);
    world.pay();
    CHECK(world.status(mwilas) == InvoiceStatus::mock);
    CHECK(world.status(bandas) == InvoiceStatus::mock);
    CHECK(world.tax.received().empty());
    const auto payload = Invoice::numbered(world.invoice(mwilas))->payload;
    REQUIRE(payload.has_value());
    const auto stored = open_at(*payload, "invoice:" + mwilas, "payload", world.vault);
    CHECK(stored->find(R"("totalAmount":5003.33)") != std::string::npos);
}

TEST_CASE("a lost reply is followed by the same bytes, and uses up no retry") {
    TaxWorld world;
    world.tax.moods.next({Mood::accept_silently, Mood::lose});
    world.pay();
    world.after(seconds(5));
    world.after(seconds(10));
    CHECK(world.status(mwilas) == InvoiceStatus::sent);
    CHECK(world.status(bandas) == InvoiceStatus::sent);
    auto documents = world.tax.received();
    REQUIRE(documents.size() == 3);
    std::ranges::sort(documents);
    CHECK((documents[0] == documents[1]) != (documents[1] == documents[2]));
    CHECK(Invoice::numbered(world.invoice(mwilas))->retry_count == 0);
    CHECK(Invoice::numbered(world.invoice(bandas))->retry_count == 0);
}

TEST_CASE("what becomes of invoices is counted") {
    TaxFigures figures;
    CHECK(figures.sent() + figures.failed() == 0);
    Commit commit;
    for (const InvoiceEvent& event : std::vector<InvoiceEvent>{
             InvoiceSent{},
             InvoiceSent{},
             InvoiceSent{},
             InvoiceAttemptFailed{},
             InvoiceMocked{},
             InvoiceBlocked{},
             InvoiceRequested{}
         })
        commit.events.push_back({{}, "invoice:inv_1", 1, event});
    figures.follow(commit);
    CHECK(figures.sent() == 3);
    CHECK(figures.failed() == 1);
    CHECK(figures.mocked() == 1);
    CHECK(figures.blocked() == 1);
}

TEST_CASE("errors of the authority are retried after 5, 15 and 60 minutes, then it has failed") {
    TaxWorld world;
    world.settings.zra_invoicing_enabled = false;
    world.pay();
    world.tax.moods.next({Mood::later, Mood::later, Mood::later, Mood::later});
    world.run<Invoice>(
        order,
        mwilas,
        Invoice::Request{
            {mwilas}, kit::the_order, kit::mwila, kit::mwilas_lines(), world.clock.now()
        }
    );
    world.settle();
    std::int64_t retries = 1;
    for (const Duration pause : {minutes(5), minutes(15), minutes(60)}) {
        CHECK(world.status(mwilas) == InvoiceStatus::pending);
        CHECK(Invoice::numbered(world.invoice(mwilas))->retry_count == retries++);
        world.after(milliseconds(pause.ms - 1'000));
        CHECK(world.status(mwilas) == InvoiceStatus::pending);
        world.after(seconds(1));
    }
    CHECK(world.status(mwilas) == InvoiceStatus::failed);
    CHECK(world.notices_of("invoice_failed") == 1);
    CHECK(world.tax.received().empty());
    world.run<Invoice>(order, mwilas, Invoice::Retry{world.clock.now()});
    world.settle();
    CHECK(world.status(mwilas) == InvoiceStatus::sent);
    CHECK(world.tax.received().size() == 1);
}

TEST_CASE("a verdict of the authority ends it at once") {
    TaxWorld world;
    world.tax.moods.next({Mood::refuse});
    world.pay();
    const int failed = (world.status(mwilas) == InvoiceStatus::failed ? 1 : 0) +
                       (world.status(bandas) == InvoiceStatus::failed ? 1 : 0);
    CHECK(failed == 1);
    CHECK(world.notices_of("invoice_failed") == 1);
    CHECK(world.tax.received().size() == 1);
}

TEST_CASE("an outage of a day uses up no retries, and ends by itself") {
    TaxWorld world;
    world.tax.moods.set_down(true);
    world.pay();
    for (int hour = 0; hour < 24; ++hour) world.after(hours(1));
    CHECK(world.status(mwilas) == InvoiceStatus::pending);
    CHECK(Invoice::numbered(world.invoice(mwilas))->retry_count == 0);
    world.tax.moods.set_down(false);
    world.after(minutes(1));
    CHECK(world.status(mwilas) == InvoiceStatus::sent);
    CHECK(world.status(bandas) == InvoiceStatus::sent);
    CHECK(world.notices_of("provider_back") == 1);
}

TEST_CASE("invoices that failed before an outage go out again once it is over") {
    TaxWorld world;
    world.tax.moods.next({Mood::refuse, Mood::refuse});
    world.pay();
    CHECK(world.status(mwilas) == InvoiceStatus::failed);
    world.schedule.exhausted = {{{mwilas}, kit::the_order}, {{bandas}, kit::the_order}};
    world.after(minutes(10));
    CHECK(world.status(mwilas) == InvoiceStatus::failed);
    // Somebody asks about a TPIN, and nobody is there.
    world.tax.moods.set_down(true);
    world.open_shop({"shp_third"}, "3234567890");
    CHECK(world.notices_of("provider_away") == 1);
    world.after(minutes(1));
    CHECK(world.status(mwilas) == InvoiceStatus::failed);
    world.tax.moods.set_down(false);
    world.after(minutes(1));
    CHECK(world.notices_of("invoices_go_out_again") == 1);
    CHECK(world.status(mwilas) == InvoiceStatus::sent);
    CHECK(world.status(bandas) == InvoiceStatus::sent);
}

TEST_CASE("a failed invoice goes out again without an outage, and never in quick turn") {
    TaxWorld world;
    world.tax.moods.next({Mood::refuse, Mood::refuse});
    world.pay();
    REQUIRE(world.status(mwilas) == InvoiceStatus::failed);
    world.schedule.exhausted = {{{mwilas}, kit::the_order}};
    for (int minute = 0; minute < 25; ++minute) world.after(minutes(1));
    CHECK(world.notices_of("invoices_go_out_again") == 0);
    world.tax.moods.next({Mood::refuse});
    world.after(minutes(5));
    CHECK(world.notices_of("invoices_go_out_again") == 1);
    CHECK(world.status(mwilas) == InvoiceStatus::failed);
    // The authority goes and comes back; it was tried just now.
    world.tax.moods.set_down(true);
    world.open_shop({"shp_third"}, "3234567890");
    world.tax.moods.set_down(false);
    for (int minute = 0; minute < 25; ++minute) world.after(minutes(1));
    CHECK(world.notices_of("provider_back") == 1);
    CHECK(world.notices_of("invoices_go_out_again") == 1);
    world.after(minutes(5));
    CHECK(world.notices_of("invoices_go_out_again") == 2);
    CHECK(world.status(mwilas) == InvoiceStatus::sent);
}

TEST_CASE("while the authority is away mock receipts are made, and nobody is asked") {
    ReactorWorld world;
    world.settings.zra_mock_mode = true;
    world.tax.moods.set_down(true);
    world.open_shop({"shp_third"}, "3234567890");
    CHECK(world.notices_of("provider_away") == 1);
    const auto records = world.records();
    for (int minute = 0; minute < 30; ++minute) world.after(minutes(1));
    CHECK(world.records() == records);
}

TEST_CASE("a shop whose TPIN nobody has gets no invoice out until it has one") {
    ReactorWorld world;
    world.open_shop(kit::mwila, "9234567890");
    world.open_shop(kit::banda, "");
    world.pay();
    CHECK(Invoice::status(world.state<Invoice>(order, mwilas)) == InvoiceStatus::blocked_tpin);
    CHECK(Invoice::status(world.state<Invoice>(order, bandas)) == InvoiceStatus::blocked_tpin);
    CHECK(world.tax.received().empty());
    CHECK(world.outcome_of(kit::mwila.value, tpin_effect(kit::mwila)) == "invalid");
    const Shop::RecordTpin mended{"9234567890", true, world.clock.now()};
    world.run<Shop>(kit::mwila.value, kit::mwila.value, mended);
    world.settle();
    CHECK(Invoice::status(world.state<Invoice>(order, mwilas)) == InvoiceStatus::sent);
}
