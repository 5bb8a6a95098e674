#pragma once

#include <atomic>
#include <deque>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "handlers/ports/messenger.hpp"
#include "handlers/ports/mobile_money.hpp"
#include "handlers/ports/tax_authority.hpp"

/// An outside world that does what a test asks for and keeps books of its own.
namespace pakashop::kit {

/// How the outside takes the next request.
enum class Mood {
    accept,
    refuse,           ///< For good.
    later,            ///< An error of its own.
    not_sent,         ///< No connection.
    accept_silently,  ///< It does it, and the reply is lost.
    lose              ///< Request and reply are lost.
};

/// Moods for the next requests, in order; then `accept`. While it is down nothing is reached.
class Moods {
public:
    void next(std::initializer_list<Mood> moods);
    void set_down(bool down) { down_ = down; }
    bool down() const { return down_; }
    Mood take();

private:
    std::mutex mutex_;
    std::deque<Mood> moods_;
    std::atomic<bool> down_{false};
};

class FakeMoney final : public MobileMoney {
public:
    /// What the provider keeps of a transfer.
    struct Transfer {
        std::string phone;
        Money amount;
        TransferStatement word;
        int requests = 0;  ///< How often it was asked for, the same way each time.
    };
    Moods moods;

    CallResult<Acceptance> request_deposit(const DepositRequest&, const Trace&) override;
    CallResult<Acceptance> request_payout(const PayoutRequest&, const Trace&) override;
    CallResult<std::optional<DepositStatement>>
    find_deposit(std::string_view reference, const Trace&) override;
    CallResult<std::optional<PayoutStatement>> find_payout(std::string_view reference, const Trace&)
        override;
    bool answers() override { return !moods.down(); }

    /// It comes to an end: by default with the amount that was asked for.
    void complete(const std::string& reference, std::optional<Money> amount = {});
    void fail(const std::string& reference, const std::string& code);
    std::map<std::string, Transfer> transfers();
    int requests();
    int finds() const { return finds_; }
    std::string last_traceparent();

private:
    CallResult<Acceptance> take(TransferStatement word, std::string phone, Money amount);
    template <class Statement>
    CallResult<std::optional<Statement>> find(std::string_view reference);

    std::mutex mutex_;
    std::map<std::string, Transfer> transfers_;
    std::atomic<int> finds_{0};
    std::string traceparent_;
};

class FakeTax final : public TaxAuthority {
public:
    Moods moods;

    CallResult<TaxReceipt> transmit(std::string_view document, const Trace&) override;
    CallResult<std::optional<Taxpayer>> find_taxpayer(std::string_view tpin, const Trace&) override;
    bool answers() override { return !moods.down(); }

    /// Every document that arrived, each as often as it did.
    std::vector<std::string> received();

private:
    std::mutex mutex_;
    std::vector<std::string> received_;
};

class FakeMessenger final : public Messenger {
public:
    Moods moods;

    CallResult<MessageId> send_pin(const PinMessage& message, const Trace&) override;
    bool answers() override { return !moods.down(); }

    std::vector<PinMessage> delivered();

private:
    std::mutex mutex_;
    std::vector<PinMessage> delivered_;
};

}  // namespace pakashop::kit
