#include "aggregates/login.hpp"

#include <algorithm>

#include "tests/kit/walk.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using enum Login::Refusal;

namespace {

const UserId user{"usr_1"};
const SessionId session{"ses_1"};
const SessionId other_session{"ses_2"};
constexpr Duration month = hours(30 * 24);
constexpr Instant noon{1'778'580'000'000};

Sealed<PublicText> of_user(std::string text) { return {Subject{user.value}, std::move(text)}; }
Digest token(int n) { return sha256("token " + std::to_string(n)); }

Login::Register registration(std::vector<Role> roles = {}, bool with_secret = false) {
    return {
        .user = user,
        .email = of_user("chanda@example.zm"),
        .phone = of_user("+260970000001"),
        .name = of_user("Chanda Phiri"),
        .password_hash = of_user("$argon2id$1"),
        .roles = std::move(roles),
        .totp_secret = with_secret ? std::optional{of_user("SECRET1")} : std::nullopt,
        .now = noon
    };
}

LoginRegistered registered(bool with_secret = false) {
    const auto c = registration({}, with_secret);
    return {c.user, c.email, c.phone, c.name, c.password_hash, c.roles, c.totp_secret, noon};
}

Login::Succeed
success(const SessionId& id, int first_token, Instant now, std::optional<std::int64_t> step = {}) {
    return {id, token(first_token), step, month, now};
}
LoginSucceeded succeeded(
    const SessionId& id,
    int first_token,
    Instant now,
    std::optional<std::int64_t> step = {}
) {
    return {user, id, token(first_token), step, now + month, now};
}
Login::Refresh refresh(int presented, int next, Instant now) {
    return {session, token(presented), token(next), month, now};
}

const Given<Login> nothing;
const Given<Login> known{{registered()}};
const Given<Login> inside{{registered(), succeeded(session, 1, noon)}};
const Given<Login> staff{{registered(true)}};

Given<Login> after_failures(int count, Instant at) {
    std::vector<LoginEvent> history{registered()};
    for (int i = 0; i < count; ++i) history.push_back(LoginFailed{user, at});
    return Given<Login>{history};
}

}  // namespace

TEST_CASE("an address belongs to whoever registered it first") {
    nothing.when(registration()).yields({registered()}).again().is_already_so();
    auto another = registration();
    another.user = {"usr_2"};
    known.when(another).refuses(email_taken);
}

TEST_CASE("nobody gets in where nobody registered") {
    nothing.when(success(session, 1, noon)).refuses(credentials_wrong);
    nothing.when(Login::Fail{noon}).refuses(credentials_wrong);
    nothing.when(refresh(1, 2, noon)).refuses(token_invalid);
    nothing.when(Login::OfferTotp{of_user("S"), noon}).refuses(not_found);
    nothing.when(Login::ConfirmTotp{1, noon}).refuses(not_found);
    nothing.when(Login::Logout{session, noon}).is_already_so();
}

TEST_CASE("a right password begins a session of thirty days") {
    const auto in = known.when(success(session, 1, noon));
    in.yields({succeeded(session, 1, noon)}).again().is_already_so();
    CHECK(session_live(in.state(), session, noon + month - milliseconds(1)));
    CHECK(!session_live(in.state(), session, noon + month));
    CHECK(!session_live(in.state(), other_session, noon));
}

TEST_CASE("ten failures in fifteen minutes lock the login until the window has slid") {
    const auto nine = after_failures(9, noon);
    CHECK(login_open(nine.state(), noon));
    const auto ten = nine.when(Login::Fail{noon + minutes(1)});
    ten.yields({LoginFailed{user, noon + minutes(1)}});
    CHECK(!login_open(ten.state(), noon + minutes(1)));
    ten.when(Login::Fail{noon + minutes(2)}).refuses(rate_limited);
    ten.when(success(session, 1, noon + minutes(2))).refuses(rate_limited);
    ten.when(success(session, 1, noon + minutes(15) - milliseconds(1))).refuses(rate_limited);
    ten.when(success(session, 1, noon + minutes(15)))
        .yields({succeeded(session, 1, noon + minutes(15))});
    ten.when(Login::Fail{noon + minutes(15)}).yields({LoginFailed{user, noon + minutes(15)}});
}

TEST_CASE("a success forgets the failures before it") {
    const auto in = after_failures(9, noon).when(success(session, 1, noon));
    CHECK(in.state().failures.empty());
    in.when(Login::Fail{noon}).yields({LoginFailed{user, noon}});
}

TEST_CASE("a lock does not end the sessions that stand") {
    std::vector<LoginEvent> history{registered(), succeeded(session, 1, noon)};
    for (int i = 0; i < 10; ++i) history.push_back(LoginFailed{user, noon});
    Given<Login>{history}
        .when(refresh(1, 2, noon))
        .yields({SessionRefreshed{session, token(2), noon + month, noon}});
}

TEST_CASE("a refresh token is exchanged for the next one") {
    const Instant later = noon + minutes(15);
    const auto rotated = inside.when(refresh(1, 2, later));
    rotated.yields({SessionRefreshed{session, token(2), later + month, later}})
        .again()
        .is_already_so();
    CHECK(session_live(rotated.state(), session, noon + month + minutes(1)));
}

TEST_CASE("a used refresh token ends the whole session") {
    const auto rotated = inside.when(refresh(1, 2, noon)).when(refresh(2, 3, noon));
    for (const int used : {1, 2}) {
        const auto reused = rotated.when(refresh(used, 9, noon));
        reused.yields({SessionEnded{session, true, noon}});
        CHECK(!session_live(reused.state(), session, noon));
        reused.when(refresh(3, 4, noon)).refuses(token_invalid);
        reused.again().refuses(token_invalid);
    }
}

TEST_CASE("a token of a session that is over, or of none, is refused and changes nothing") {
    inside.when(refresh(1, 2, noon + month)).refuses(token_invalid);
    Login::Refresh of_another = refresh(1, 2, noon);
    of_another.session = other_session;
    inside.when(of_another).refuses(token_invalid);
}

TEST_CASE("a used token is known for ever, however often the session has rotated since") {
    auto outcome = inside.when(refresh(1, 2, noon));
    for (int n = 2; n < 100; ++n) outcome = outcome.when(refresh(n, n + 1, noon));
    outcome.when(refresh(1, 999, noon)).yields({SessionEnded{session, true, noon}});
    outcome.when(refresh(99, 999, noon)).yields({SessionEnded{session, true, noon}});
}

TEST_CASE("logging out ends that session alone") {
    const auto both = inside.when(success(other_session, 5, noon));
    const auto out = both.when(Login::Logout{session, noon});
    out.yields({SessionEnded{session, false, noon}}).again().is_already_so();
    CHECK(!session_live(out.state(), session, noon));
    CHECK(session_live(out.state(), other_session, noon));
}

TEST_CASE("expired sessions are forgotten with the next event") {
    const auto later = inside.when(Login::Fail{noon + month});
    CHECK(later.state().sessions.empty());
}

TEST_CASE("a login holds so many sessions, and a new one ends the one that would expire first") {
    std::vector<LoginEvent> history{registered()};
    for (std::size_t i = 0; i < sessions_max; ++i) {
        const SessionId id{"ses_" + std::to_string(i)};
        history.push_back(succeeded(id, 1, noon + seconds(static_cast<std::int64_t>(i))));
    }
    const Instant now = noon + hours(1);
    const SessionId one_more{"ses_more"};
    const auto in = Given<Login>{history}.when(success(one_more, 1, now));
    in.yields({SessionEnded{SessionId{"ses_0"}, false, now}, succeeded(one_more, 1, now)});
    CHECK(in.state().sessions.size() == sessions_max);
}

TEST_CASE("a secret that came with the registration counts at once") {
    staff.when(success(session, 1, noon)).refuses(second_factor_wrong);
    staff.when(success(session, 1, noon, 100)).yields({succeeded(session, 1, noon, 100)});
}

TEST_CASE("a code is good once, and no older one after it") {
    const auto in = staff.when(success(session, 1, noon, 100));
    in.when(success(other_session, 2, noon, 100)).refuses(second_factor_wrong);
    in.when(success(other_session, 2, noon, 99)).refuses(second_factor_wrong);
    in.when(success(other_session, 2, noon, 101)).yields({succeeded(other_session, 2, noon, 101)});
}

TEST_CASE("a second factor counts once its code was confirmed") {
    const auto offered = known.when(Login::OfferTotp{of_user("SECRET2"), noon});
    offered.yields({TotpOffered{user, of_user("SECRET2"), noon}});
    offered.when(success(session, 1, noon)).yields({succeeded(session, 1, noon)});
    const auto confirmed = offered.when(Login::ConfirmTotp{100, noon});
    confirmed.yields({TotpConfirmed{user, 100, noon}}).again().is_already_so();
    confirmed.when(success(session, 1, noon)).refuses(second_factor_wrong);
    confirmed.when(success(session, 1, noon, 100)).refuses(second_factor_wrong);
    confirmed.when(success(session, 1, noon, 101)).yields({succeeded(session, 1, noon, 101)});
    known.when(Login::ConfirmTotp{100, noon}).refuses(not_found);
}

TEST_CASE("a wrong code confirms nothing, and the right one still does") {
    const auto offered = known.when(Login::OfferTotp{of_user("SECRET2"), noon});
    offered.when(Login::ConfirmTotp{std::nullopt, noon}).refuses(second_factor_wrong);
    const auto confirmed = offered.when(Login::ConfirmTotp{100, noon});
    confirmed.when(Login::ConfirmTotp{std::nullopt, noon}).is_already_so();
}

TEST_CASE("a confirmed second factor stays until the new one is confirmed") {
    const auto offered =
        staff.when(success(session, 1, noon, 100)).when(Login::OfferTotp{of_user("SECRET2"), noon});
    CHECK(offered.state().totp_secret->field == of_user("SECRET1"));
    offered.when(Login::ConfirmTotp{100, noon}).refuses(second_factor_wrong);
    const auto confirmed = offered.when(Login::ConfirmTotp{101, noon});
    CHECK(confirmed.state().totp_secret->field == of_user("SECRET2"));
    CHECK(!confirmed.state().totp_offered);
}

TEST_CASE("what a login keeps opens under the name it has in its event") {
    Walk<Login> walk{"abc"};
    walk.step(registration({Role::finance_admin}, true), false);
    const auto opened = [&](const SealedAt<PublicText>& field, std::string_view name) {
        return open_at(field, walk.stream(), name, walk.vault());
    };
    CHECK(opened(walk.state().credentials->password_hash, "passwordHash") == "$argon2id$1");
    CHECK(opened(walk.state().credentials->email, "email") == "chanda@example.zm");
    CHECK(opened(walk.state().credentials->phone, "phone") == "+260970000001");
    CHECK(opened(walk.state().credentials->name, "name") == "Chanda Phiri");
    CHECK(opened(*walk.state().totp_secret, "totpSecret") == "SECRET1");
    walk.step(success(session, 1, noon, 100), false);
    walk.step(Login::OfferTotp{of_user("SECRET2"), noon}, true);
    CHECK(opened(*walk.state().totp_offered, "secret") == "SECRET2");
    walk.step(Login::ConfirmTotp{101, noon}, false);
    CHECK(walk.state().totp_secret->version == 3);
    CHECK(opened(*walk.state().totp_secret, "secret") == "SECRET2");
}

TEST_CASE("a session that never began cannot go on") {
    const SessionRefreshed refreshed{session, token(2), noon + month, noon};
    CHECK_THROWS_AS(Login::evolve(Login::State{}, refreshed), CorruptStream);
    CHECK_THROWS_AS(Login::evolve(Login::State{}, TotpConfirmed{user, 1, noon}), CorruptStream);
}

namespace {

Login::Command any_command(Dice& dice, Instant now) {
    const SessionId any_session{"ses_" + std::to_string(dice.between(1, 6))};
    const auto any_token = [&] { return token(static_cast<int>(dice.between(1, 40))); };
    const auto step = now.ms / 30'000 + dice.between(-1, 1);
    switch (dice.between(0, 9)) {
        case 0:
            return registration({}, dice.once_in(2));
        case 1:
            return Login::Fail{now};
        case 2:
            return Login::Logout{any_session, now};
        case 3:
            if (dice.once_in(4)) return Login::OfferTotp{of_user("S"), now};
            return Login::ConfirmTotp{step, now};
        case 4:
        case 5:
        case 6:
            return Login::Refresh{any_session, any_token(), any_token(), month, now};
        default:
            return Login::Succeed{any_session, any_token(), step, month, now};
    }
}

// Presents the right token more often than chance would have it.
Login::Command fitting(Login::Command command, const Login::State& state) {
    auto* c = std::get_if<Login::Refresh>(&command);
    if (!c) return command;
    const auto found = state.sessions.find(c->session.value);
    if (found != state.sessions.end()) c->presented_hash = found->second.refresh_hash;
    return command;
}

bool repeatable(const Login::Command& command) {
    return std::holds_alternative<Login::Fail>(command) ||
           std::holds_alternative<Login::OfferTotp>(command) ||
           std::holds_alternative<Login::Refresh>(command);
}

}  // namespace

TEST_CASE("whatever happens, an ended session stays ended and accepted code steps only grow") {
    std::size_t reused = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        Walk<Login> walk{"abc"};
        Instant now = noon;
        std::int64_t step = 0;
        for (int i = 0; i < 250; ++i) {
            now = now + seconds(dice.between(0, 90));
            auto command = any_command(dice, now);
            if (!dice.once_in(3)) command = fitting(std::move(command), walk.state());
            for (const auto& event : walk.step(command, repeatable(command))) {
                const auto accept = [&](std::int64_t accepted) {
                    CHECK(accepted > step);
                    step = accepted;
                };
                if (const auto* e = std::get_if<LoginSucceeded>(&event); e && e->totp_step)
                    accept(*e->totp_step);
                if (const auto* e = std::get_if<TotpConfirmed>(&event)) accept(e->totp_step);
                if (const auto* e = std::get_if<SessionEnded>(&event)) {
                    CHECK(!session_live(walk.state(), e->session, now));
                    if (e->reused) ++reused;
                }
            }
            CHECK(walk.state().failures.size() <= login_failures_max);
        }
    }
    CHECK(reused > 0);
}
