#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/sandbox/journal.hpp"
#include "ops/sandbox/key_file.hpp"
#include "tests/sandbox/kit.hpp"

using namespace pakashop::sandbox;
using namespace pakashop::sandbox::kit;

namespace {

/// A folder that goes away with the test.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "sandbox-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
};

using Lines = std::vector<std::string>;

auto keep_in(Lines& lines) {
    return [&lines](std::string_view line) {
        lines.emplace_back(line);
        return line != "refused";
    };
}

void write_file(const std::filesystem::path& file, std::string_view text) {
    std::ofstream{file, std::ios::binary} << text;
}

/// All that can be asked of a sandbox, as one text.
std::string everything(Bench& bench) {
    std::string all;
    for (const auto* target :
         {"/sandbox/ledger",
          "/sandbox/messages",
          "/sandbox/invoices",
          "/sandbox/behaviour",
          "/sandbox/config",
          "/sandbox/clock",
          "/pawapay/v2/wallet-balances"}) {
        all += bench.call("GET", target).text + "\n";
    }
    return all;
}

void live_a_little(Bench& bench) {
    bench.call("POST", "/pawapay/v2/deposits", deposit(1, "100"));
    bench.pass(1000);
    bench.misbehave("pawapay", "payout", "late_callback", {{"ms", 60'000}});
    bench.misbehave("pawapay", "payout", "wrong_amount", {{"match", {{"phone", "260"}}}});
    bench.call("POST", "/pawapay/v2/payouts", payout(2, "40"));
    bench.call("POST", "/pawapay/v2/refunds", refund(3, 1, "10"));
    bench.call("POST", "/zra/invoices", invoice());
    bench.call("POST", "/zra/invoices", invoice());
    const json message{
        {"messaging_product", "whatsapp"},
        {"to", "260971234567"},
        {"type", "text"},
        {"text", {{"body", "hello"}}}
    };
    bench.call("POST", "/whatsapp/v23.0/1/messages", message);
    const json key{{"keyId", "me"}, {"pem", PrivateKey::generate().public_pem()}};
    bench.call("PUT", "/sandbox/config", {{"delayMs", 5}, {"clientKeys", json::array({key})}});
    bench.call("POST", "/sandbox/clock", {{"advanceSeconds", 3}});
}

}  // namespace

TEST_CASE("a restart changes nothing that can be seen, and pending callbacks still come") {
    Bench before;
    live_a_little(before);
    Bench after = before.restarted();
    CHECK_EQ(everything(after), everything(before));
    const auto expected = before.pass(100'000);
    const auto told = after.pass(100'000);
    REQUIRE_EQ(told.size(), expected.size());
    REQUIRE_EQ(told.size(), 2);
    for (std::size_t i = 0; i < told.size(); ++i) CHECK_EQ(told[i].body, expected[i].body);
    CHECK_EQ(everything(after), everything(before));
}

TEST_CASE("a callback under way when the sandbox died is sent again") {
    Bench before;
    before.call("POST", "/pawapay/v2/deposits", deposit(1, "100"));
    before.pass(199);
    Bench after = before.restarted();
    CHECK_EQ(after.pass(1).size(), 1);
    Bench later = after.restarted();
    CHECK(later.pass(100'000).empty());
}

TEST_CASE("reset empties the books and keeps settings, clock and numbers") {
    Bench bench;
    live_a_little(bench);
    const auto config = bench.call("GET", "/sandbox/config").text;
    CHECK_EQ(bench.call("POST", "/sandbox/reset").status, 204);
    bench.take_deliveries();  // Those that had left before.
    for (const auto* target : {"ledger", "messages", "invoices", "behaviour"}) {
        CHECK_EQ(bench.call("GET", std::string{"/sandbox/"} + target).body, json::array());
    }
    CHECK_EQ(bench.call("GET", "/sandbox/config").text, config);
    CHECK_EQ(bench.call("GET", "/sandbox/clock").body["advancedSeconds"], 3);
    CHECK(bench.pass(100'000).empty());
    Bench after = bench.restarted();
    CHECK_EQ(everything(after), everything(bench));
}

TEST_CASE("every fact comes back from its line") {
    Bench bench;
    live_a_little(bench);
    bench.pass(100'000);
    bench.call("POST", "/sandbox/behaviour", {{"clear", true}});
    bench.call("POST", "/sandbox/reset");
    std::size_t checked = 0;
    for (const auto& line : bench.lines()) {
        const auto fact = decode(line);
        REQUIRE(fact);
        CHECK_EQ(encode(*fact), line);
        ++checked;
    }
    MESSAGE("lines checked: ", checked);
    CHECK_GT(checked, 15);
    for (const auto* bad :
         {"", "{", "[]", "{}", R"({"t":"other"})", R"({"t":"entry","amount":"x"})"}) {
        CHECK_FALSE(decode(bad));
    }
}

TEST_CASE("the ledger file gives back whole lines and drops a torn last one") {
    const Folder folder;
    const auto file = folder.path / "ledger.jsonl";
    std::atomic<int> durable = 0;
    Lines lines;
    {
        auto journal = Journal::open(file, keep_in(lines));
        REQUIRE(journal);
        (*journal)->append({"one", "two"}, [&](bool good) { durable += good ? 1 : 100; });
        (*journal)->append({}, [&](bool good) { durable += good ? 1 : 100; });
        (*journal)->append({"three"}, [&](bool good) { durable += good ? 1 : 100; });
    }
    CHECK_EQ(durable, 3);
    CHECK(lines.empty());
    std::ofstream{file, std::ios::app} << "torn";
    {
        auto journal = Journal::open(file, keep_in(lines));
        REQUIRE(journal);
        CHECK_EQ(lines, Lines{"one", "two", "three"});
        (*journal)->append({"four"}, [](bool) {});
    }
    lines.clear();
    REQUIRE(Journal::open(file, keep_in(lines)));
    CHECK_EQ(lines, Lines{"one", "two", "three", "four"});
}

TEST_CASE("the ledger file takes one sandbox at a time and no damage") {
    const Folder folder;
    const auto file = folder.path / "ledger.jsonl";
    Lines lines;
    const auto first = Journal::open(file, keep_in(lines));
    REQUIRE(first);
    CHECK_FALSE(Journal::open(file, keep_in(lines)));
    const auto damaged = folder.path / "damaged.jsonl";
    write_file(damaged, "one\nrefused\nthree\n");
    const auto opened = Journal::open(damaged, keep_in(lines));
    REQUIRE_FALSE(opened);
    CHECK_NE(opened.error().find("line 2"), std::string::npos);
}

TEST_CASE("the callback key is made once, for its owner only, and never replaced") {
    const Folder folder;
    const auto file = folder.path / "pawapay-callback.pem";
    const auto made = load_or_make_key(file);
    REQUIRE(made);
    struct stat status{};
    REQUIRE_EQ(::stat(file.c_str(), &status), 0);
    CHECK_EQ(status.st_mode & 0777U, 0600U);
    const auto read = load_or_make_key(file);
    REQUIRE(read);
    CHECK_EQ(read->public_pem(), made->public_pem());
    write_file(file, "no key");
    CHECK_FALSE(load_or_make_key(file));
}
