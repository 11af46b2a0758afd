#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Every letter of every kind of case goes its course between two real daemons, from the command line: none of the table is left out.
# The network is one of exercises, so that days pass at once: its daemons are started again with a clock that is ahead.
load lib
load one_network
load letters
bats_require_minimum_version 1.5.0

setup_file() {
    network_of_file XA/poc,XA/central,XB/poc,XB/central --exercise
    roster_next 2 '.format = "comity-roster-2" | (.parties[] | select(.address == "XB/poc")).ping = {consent: true, quiet: [], per_year: 12, answer_hours: 24}' root-1 root-2
    for name in broker $(nodes); do
        give_roster "$name" 2
    done
    for name in broker $(nodes); do
        wait_until log_has "$name" 'event=roster.taken version=2'
    done
}

@test "hold: asked, warned, ordered, held, extended, kept for assistance, and released when that is done" {
    one_hold H1
    r H1 ack --by +1d
    may_not XB-poc H1 ANSWERED ack
    r H1 ask --item 1 --code PORT --question 'Which source port?'
    asks_are H1 INFO
    q H1 answer --text 'Source port 40110.'
    asks_are H1 ''
    r H1 warn --kind USER_NOTICE --at +7d --by +1d --text 'The provider tells its users after seven days.'
    asks_are H1 WARN
    q H1 decide --what GO_ON
    r H1 warn --kind PREJUDICE --by +1d --text 'It may become known.'
    q H1 decide --what CHANGED --text 'Leave the subscriber out.'
    may_not XA-poc H1 NOT_ASKED decide --what STOP
    r H1 ordered --authority 'District Court' --kind JUDICIAL --reference DC-77 --scope all --expires +90d --custodian 'Example Hosting'
    stands H1 ORDERED
    r H1 held
    stands H1 HELD
    example preservation | jq '.items[1] | del(.dataDies)' >"$NET_TOP/item.json"
    q H1 supplement --add "$NET_TOP/item.json" --text 'It came to light today.'
    stands H1 'HELD  ASKED'
    r H1 not-held --item 2 --cause NOT_FOUND --text 'The machine was deleted.'
    q H1 extend --days 60 --reason 'The translation takes longer.' --mla 'in translation'
    r H1 refuse-extension --item 1 --reason NO_PROGRESS --text 'Nothing was said for 80 days.'
    q H1 extend --days 60 --reason 'It is translated now.' --mla 'to be sent on Friday'
    r H1 extend --item 1 --until +200d
    asks_are H1 ''
    q H1 mla --sent now --by 'Ministry of Justice' --channel DIPLOMATIC --reference XA-CA-77
    letter XB-poc STATUS H1 --on NOTICE --text 'Searched at the ministry: not found.'
    q H1 mla --sent now --by 'Ministry of Justice' --channel DIPLOMATIC --reference XA-CA-77
    r H1 mla --item 1 --received now --channel PAPER --reference XA-CA-77
    stands H1 'HELD_OPEN  ENDED NOT_FOUND'
    may_not XB-poc H1 NOT_NOW release --why EXPIRED
    run as XB-poc disclose H1 --item 1 --state XC --provider 'Example Transit' --hop 'address: 198.51.100.7; at: 2026-11-14T02:11:09Z; address: 203.0.113.9'
    [ "$status" = 2 ]
    [[ $output == *"--hop: address is given twice"* ]]
    r H1 disclose --item 1 --state XC --provider 'Example Transit' --hop 'address: 198.51.100.7; at: 2026-11-14T02:11:09Z'
    q H1 status
    asks_are H1 'NOTICE STATUS'
    r H1 status --text 'With the court.'
    r H1 correct --fact "letter: $(case_of XB-poc H1 | jq -r '[.letters[] | select(.letter == "HELD")][0].id'); field: scope; said: all; right: the logs"
    r H1 mla-ended --item 1 --reference XA-CA-77 --why WITHDRAWN --hold-until +250d
    stands H1 'HELD  ENDED NOT_FOUND'
    r H1 mla --item 1 --received now --channel NETWORK --reference XA-CA-78
    r H1 mla-ended --item 1 --reference XA-CA-78 --why COMPLETED --hold-until +250d
    r H1 release --why DISCLOSED --item 1
    stands H1 'ENDED DISCLOSED ENDED NOT_FOUND'
    q H1 reopen --item 1 --text 'More is needed.'
    letter XB-poc STATUS H1 --on REOPEN --text 'They are gone.'
    q H1 reopen --item 1 --text 'Look again.'
    r H1 reopen --item 1 --text 'A copy was found.'
    stands H1 'ASKED  ENDED NOT_FOUND'
}

@test "hold: the ways it ends" {
    one_hold H2
    q H2 withdraw --reason 'suspect cleared'
    r H2 release
    stands H2 'ENDED WITHDRAWN'
    one_hold H3
    r H3 warn --kind CANNOT_CONTINUE --at +20d --by +1d --text 'Our law ends it.'
    q H3 decide --what STOP
    r H3 release --why STOPPED
    stands H3 'ENDED STOPPED'
    one_hold H4
    r H4 held
    may_not XB-poc H4 TOO_EARLY release --why EXPIRED
    may_not XB-poc H4 NOT_WARNED release --why LAW_END
    letter XB-poc RELEASED H4 --why LAW_END --at now --court-order 'District Court, DC 99/26'
    stands H4 'ENDED LAW_END'
    case_of XA-poc H4 | jq -e '[.letters[] | select(.art_42_8)] | length == 1'
    one_hold H5
    r H5 held
    r H5 lost --at now --what 'The array failed, and its copy with it.'
    stands H5 'ENDED LOST'
    one_hold H6
    r H6 refer --state XC --authority 'Cybercrime unit, Carvania' --told-by REQUESTING_SIDE_TELLS
    stands H6 'ENDED REFERRED'
    one_hold H7
    r H7 handover --to XB/central --case-id 00112233445566778899aabbccddeeff
    stands H7 'ENDED MOVED'
    one_hold H8
    r H8 refuse --ground G22 --reason 'There are grounds to believe in persecution.'
    stands H8 'ENDED REFUSED'
    may_not XB-poc H8 NOT_NOW held
    one_hold H9
    may_not XB-poc H9 NOT_SILENT release --why ABANDONED
    may_not XB-poc H9 NOT_OVERDUE release --why UNCONFIRMED
}

@test "assistance: consulted, under conditions, postponed, carried out, delivered, received, used, completed" {
    begin records M1
    q M1 status
    r M1 ack --by +5d
    r M1 status --text 'With the central authority.'
    r M1 ask --item 1 --code PERIOD --question 'Which months?'
    q M1 answer --text 'June to August.'
    may_not XB-poc M1 NOT_NOW postpone --review-at +90d --text 'It would disturb a matter here.'
    r M1 consult --intent REFUSE --ground G21A --text 'The request names no period.' --by +30d
    stands M1 CONSULTING
    asks_are M1 CONSULT
    may_not XB-poc M1 NOT_CONSULTED postpone --review-at +90d --text 'It would disturb a matter here.'
    q M1 reply --to CONSULT --answer ACCEPT
    r M1 postpone --review-at +90d --text 'It would disturb a matter here.'
    stands M1 POSTPONED
    r M1 conditions --code USE_LIMIT --text 'Not to be used beyond these proceedings.' --by +30d
    may_not XB-poc M1 CONDITIONS admit --execute-by +30d
    q M1 reply --to CONDITIONS --answer ACCEPT
    r M1 cost --amount 1200000 --currency EUR --text 'A laboratory is needed.' --by +30d
    q M1 reply --to COST --answer COUNTER --text 'We bear half.'
    q M1 translation --language de --certified --facts 'Am 14. November wurden 41 Postfächer geöffnet.'
    r M1 warn --kind PREJUDICE --by +1d --text 'It may become known in court.'
    q M1 decide --what GO_ON
    example records | jq '.items[0]' >"$NET_TOP/item.json"
    q M1 supplement --add "$NET_TOP/item.json"
    r M1 refuse --item 2 --ground DUAL_CRIMINALITY --reason 'It is no offence here.'
    r M1 admit --item 1 --execute-by +30d --authority 'Prosecutor General'
    stands M1 'EXECUTING  ENDED REFUSED'
    r M1 delay --item 1 --until +40d --text 'The bank answers late.'
    echo 'first part' >"$NET_TOP/part1.txt"
    echo 'all of it' >"$NET_TOP/all.txt"
    r M1 evidence --item 1 --part PART --number 1 --file "$NET_TOP/part1.txt" --channel PORTAL --by +10d
    q M1 receipt --part-number 1 --verified-at now --bad --text 'The sum does not agree.'
    r M1 evidence --item 1 --part FINAL --number 2 --replaces 1 --file "$NET_TOP/all.txt" --channel PORTAL --by +10d
    stands M1 'DELIVERED  ENDED REFUSED'
    case_of XA-poc M1 | jq -e --arg sum "$(sha256sum <"$NET_TOP/all.txt" | cut -d' ' -f1 | xxd -r -p | base64)" \
        '[.letters[].body.evidence.manifest[0] | values] | last | .sha256 == $sum and .bytes == "10" and .name == "all.txt"'
    q M1 use-ask --purpose 'a second set of proceedings'
    r M1 use-answer --granted --text 'It may be used there.'
    q M1 exculpatory --before-disclosure --text 'The log shows another user.'
    may_not XB-poc M1 NOT_RECEIVED complete --item 1
    q M1 receipt --part-number 2 --verified-at now
    r M1 correct --fact "letter: $(case_of XB-poc M1 | jq -r '[.letters[] | select(.letter == "ADMITTED")][0].id'); field: authority; said: Prosecutor General; right: District Court"
    wait_until stands M1 'ENDED COMPLETED ENDED REFUSED' # the node says so by itself
    wait_until is_level M1
    q M1 reopen --item 1 --text 'One month is missing.'
    letter XB-poc STATUS M1 --on REOPEN --text 'The bank has no more.'
    q M1 reopen --item 1 --text 'It has: see the annex.'
    r M1 reopen --item 1 --text 'It is looked at again.'
    stands M1 'ASKED  ENDED REFUSED'
}

@test "assistance: the ways it ends" {
    begin records M2
    r M2 refer --state XC --authority 'Ministry of Justice, Carvania' --told-by REQUESTED_SIDE_TELLS
    stands M2 'ENDED REFERRED'
    begin records M3
    r M3 handover --to XB/central --case-id 00112233445566778899aabbccddeeff
    stands M3 'ENDED MOVED'
    begin records M4
    r M4 admit --execute-by +30d
    r M4 nothing-obtained --text 'The account never was there.'
    stands M4 'ENDED NOTHING_OBTAINED'
    begin records M5
    q M5 withdraw --reason 'not needed any more'
    r M5 release
    stands M5 'ENDED WITHDRAWN'
    begin records M6
    r M6 warn --kind PREJUDICE --by +1d --text 'It would become known.'
    q M6 decide --what STOP
    r M6 release --why WITHDRAWN
    stands M6 'ENDED WITHDRAWN'
    begin records M7
    r M7 warn --kind PREJUDICE --by +1d --text 'It would become known.'
    q M7 decide --what CHANGED --text 'Without the name.'
    r M7 consult --intent REFUSE --ground G21B --text 'Essential interests.' --by +30d
    may_not XB-poc M7 NOT_CONSULTED refuse --ground G21B --reason 'Essential interests.'
    q M7 reply --to CONSULT --answer REJECT --text 'We cannot do without it.'
    r M7 refuse --ground G21B --reason 'Essential interests.'
    stands M7 'ENDED REFUSED'
    may_not XB-poc M7 NOT_NOW release --why GIVEN_UP
}

@test "enquiry: answered in parts, referred, declined, withdrawn, opened again" {
    begin legal-info E1
    r E1 ack --by +1d
    r E1 ask --code OTHER_CODE --question 'Which law is meant?'
    q E1 answer --text 'The law of evidence.'
    q E1 status
    r E1 status --text 'With the ministry.'
    r E1 answered --part PART --outcome INFORMATION --text 'A court orders it.'
    r E1 answered --part FINAL --outcome INFORMATION --text 'Such logs are kept for six months.' --written
    stands E1 'ENDED ANSWERED'
    r E1 correct --fact "letter: $(case_of XB-poc E1 | jq -r '[.letters[] | select(.letter == "ANSWERED")][1].id'); field: text; said: six months; right: seven months"
    r E1 reopen --text 'The law has changed.'
    stands E1 ASKED
    q E1 withdraw
    r E1 release
    stands E1 'ENDED WITHDRAWN'
    begin police-info E2
    r E2 decline --reason NO_MEANS --text 'There is no such register.'
    stands E2 'ENDED DECLINED'
    begin locate-provider E3
    r E3 refer --state XC --authority 'Cybercrime unit, Carvania' --told-by REQUESTING_SIDE_TELLS
    stands E3 'ENDED REFERRED'
    may_not XB-poc E3 NOT_NOW release --why ABANDONED
}

@test "information without a request: conditions accepted or not, content, use" {
    begin spontaneous S1 '.offer.conditions = ["CONFIDENTIAL"] | .offer.conditionsText = "Not to be passed on" | .offer.contentFollows = true'
    r S1 ack
    r S1 ask --code OTHER_CODE --question 'Which companies?'
    q S1 answer --text 'Twelve banks.'
    may_not XB-poc S1 NO_CONTENT taken
    r S1 decline --what CONDITIONS --reason LAW --text 'Our courts may not keep it from the defence.'
    r S1 agree --by +5d
    stands S1 AGREED
    asks_are S1 CONTENT
    q S1 content --text 'The list is attached.'
    q S1 status
    r S1 status --text 'Being read.'
    r S1 use-ask --purpose 'proceedings of our own'
    q S1 use-answer --granted --text 'It may.'
    r S1 exculpatory --text 'It shows another user.'
    r S1 taken
    stands S1 'ENDED TAKEN'
    begin spontaneous S2
    r S2 decline --reason NOT_COMPETENT --text 'That is not ours.'
    begin spontaneous S3
    r S3 refer --state XC --authority 'Police, Carvania' --told-by REQUESTED_SIDE_TELLS
    begin spontaneous S4
    q S4 withdraw
    r S4 release
    stands S4 'ENDED WITHDRAWN'
    may_not XB-poc S4 NOT_NOW release --why ABANDONED
}

@test "emergency: data at once, and how it ended; what gives way is said and why" {
    begin emergency N1
    r N1 ack --by +1h
    r N1 ask --code IDENTIFIER --question 'Which number?'
    q N1 answer --text '+99 777 1234'
    r N1 disclose --part PART --text 'Last seen at cell 4711.'
    r N1 disclose --part FINAL --text 'At 12 Harbour Road.' --outcome-by +3d --overrule SECOND_SIGNATURE --because 'A life was at risk; nobody else was here.'
    stands N1 DELIVERED
    asks_are N1 OUTCOME
    case_of XA-poc N1 | jq -e '[.letters[] | select(.acted)] | length == 1'
    q N1 use-ask --purpose 'proceedings against the man'
    r N1 use-answer --text 'Not without a request.'
    q N1 status
    r N1 status --text 'Nothing more is known.'
    r N1 correct --fact "letter: $(case_of XB-poc N1 | jq -r '[.letters[] | select(.letter == "DISCLOSED")][1].id'); field: text; said: 12 Harbour Road; right: 21 Harbour Road"
    may_not XB-poc N1 NOT_TOLD complete
    q N1 outcome --result FOUND_SAFE --at now
    wait_until stands N1 'ENDED COMPLETED' # the node says so by itself
    begin emergency N2
    r N2 not-held --cause NOT_FOUND
    stands N2 'ENDED NOT_FOUND'
    begin emergency N3
    r N3 decline --reason LAW --text 'Not without an order.'
    begin emergency N4
    q N4 withdraw
    r N4 release
    begin emergency N5
    r N5 refer --custodian 'Example Hosting' --ticket T-1 --authority 'Example Hosting' --told-by REQUESTED_SIDE_TELLS
    asks_are N5 OUTCOME
    q N5 outcome --result NOT_FOUND
    may_not XB-poc N5 NOT_NOW release --why UNCONFIRMED
}

@test "ping: not without consent; with it the node answers at once, and a person looks at the entry in the directory" {
    as XA-poc ping XB/central
    local first
    first=$(newest XA-poc PING)
    wait_until stands "$first" 'ENDED NO_CONSENT'
    begin ping P1 '.ping.by = (now + 86400 | todate)'
    wait_until has_letter P1 ECHO
    wait_until is_level P1
    r P1 ping-answer --check 'field: PHONE; right: yes' --check 'field: HOURS; right: no; correction: Mon-Fri 08:00-17:00' --by-phone
    stands P1 'ENDED REACHED'
    case_of XA-poc P1 | jq -e '[.letters[].body.pingAnswered | values][0] | .checks[1].correction == "Mon-Fri 08:00-17:00" and .byPhone'
}

@test "a call: noted where it came in, answered at once, and put into writing afterwards" {
    example preservation | jq '.reference = "C1" | .items |= .[:1]' >"$NET_TOP/call.json"
    as XB-poc call --to XA/poc --request "$NET_TOP/call.json" --called-at now --caller 'officer 4711' --number-called-back '+99 555 0100' \
        --called-back-at now --said 'Please hold the logs.' --reference XB-CALL-1
    wait_until is_level XB-CALL-1
    asks_are XB-CALL-1 ORAL
    r XB-CALL-1 held --scope all
    as XA-poc request "$NET_TOP/call.json" --confirm XB-CALL-1
    wait_until is_level XB-CALL-1
    asks_are XB-CALL-1 ''
    stands XB-CALL-1 HELD
}

@test "a call for assistance, or in an emergency, is noted and answered, and put into writing afterwards" {
    local what
    for what in records emergency; do
        example "$what" | jq --arg reference "C-$what" '.reference = $reference' >"$NET_TOP/call.json"
        as XB-poc call --to XA/poc --request "$NET_TOP/call.json" --called-at now --caller 'officer 4711' --number-called-back '+99 555 0100' \
            --called-back-at now --said 'It cannot wait for a letter.' --reference "XB-$what"
        wait_until is_level "XB-$what"
        asks_are "XB-$what" ORAL
        as XA-poc request "$NET_TOP/call.json" --confirm "XB-$what"
        wait_until is_level "XB-$what"
        stands "XB-$what" ASKED || stands "XB-$what" 'ASKED  ASKED'
        asks_are "XB-$what" "" || asks_are "XB-$what" TRANSLATION
    done
}

# tie_of REFERENCE: the tie by which XB/poc hands over that case, as it waits at XB/central.
tie_of() {
    as XB-central --json worklist |
        jq -er --arg id "$(case_of XB-poc "$1" | jq -r .case)" '.entries[] | select(.what == "TAKE_OVER" and .hold == $id).link'
}
# goes_on REFERENCE EXAMPLE STANDS: XB/poc hands it to XB/central, which takes it over; the request is then one between XA/poc and XB/central.
goes_on() {
    local link id
    begin "$2" "$1"
    r "$1" handover --to XB/central
    stands "$1" "$3"
    wait_until tie_of "$1"
    as XB-central draft "$(tie_of "$1")" --as takeover >"$NET_TOP/$1.form"
    id=$(as XB-central take-over "$NET_TOP/$1.form" --to XA/poc --reference "XB-C-$1")
    ASKED=XB-central
    wait_until is_level "$id"
    case_of XA-poc "$id" | jq -e '.letters[0].letter == "TAKEN_OVER"'
    ASKED=XB-poc
}

@test "a case is handed over within the State, and goes on as a case with who took it over; who will not take it says so" {
    goes_on T1 preservation 'ENDED MOVED ENDED MOVED ENDED MOVED'
    goes_on T2 records 'ENDED MOVED'
    one_hold T3
    r T3 handover --to XB/central
    wait_until tie_of T3
    local id
    id=$(tie_of T3)
    ASKING=XB-poc ASKED=XB-central
    r "$id" decline --reason NOT_COMPETENT --text 'Holds are with the point of contact.'
    stands "$id" 'ENDED DECLINED'
}

@test "a request for assistance is tied to its hold by the nodes, and untied when it ended; one without a hold waits for it" {
    one_hold L1
    r L1 ack --by +1d --reference XB-L1
    r L1 held
    ASKING=XA-central ASKED=XB-central
    begin stored-data L2 'del(.assistance.holds) | .items |= .[:1] | .items[0].holds = [{party: "XB/poc", reference: "XB-L1"}]'
    ASKING=XA-poc ASKED=XB-poc
    wait_until stands L1 HELD_OPEN
    wait_until has_letter L1 MLA_RECEIVED
    local id
    id=$(newest XB-central LINK)
    ASKING=XB-central
    wait_until stands "$id" LINKED
    as XB-central refuse L2 --ground G22 --reason 'There are grounds to believe in persecution.'
    wait_until has_letter "$id" UNTIED
    asks_are "$id" UNTIE
    ASKING=XA-poc
    r L1 mla-ended --item 1 --reference L2 --why REFUSED --hold-until +120d
    stands L1 HELD
    ASKING=XB-central
    wait_until stands "$id" 'ENDED CLOSED' # the node says so by itself
    as XB-central link A-PAPER-1 --from XA --channel PAPER --received now --hold NOWHERE --party XB/poc
    id=$(newest XB-central LINK)
    wait_until is_level "$id"
    stands "$id" ASKED
    case_of XB-poc "$id" | jq -e '[.letters[] | select(.letter == "TIED")][0].body.tied.match == "NOT"'
    letter XB-poc TIED "$id" --match MATCHED --hold-case "$(case_of XB-poc L1 | jq -r .case)"
    stands "$id" LINKED
    ASKING=XA-poc
    wait_until stands L1 HELD_OPEN
}

@test "an urgent acknowledgement is one command and takes less than a second" {
    one_hold FAST
    local before
    before=$(now_ms)
    as XB-poc ack FAST --by +4h
    took=$(($(now_ms) - before))
    echo "acknowledged in $took ms"
    [ "$took" -lt $((1000 * WAIT_MS / 30000)) ]
}

# Days pass for everybody: the daemons start again with a clock that is so many days ahead of the machine's.
days_pass() {
    local names
    mapfile -t names < <(nodes)
    stop broker "${names[@]}"
    exercise_clock "2026-01-01T00:00:00Z $(date -u -d "2026-01-01 + $1 days" +%Y-%m-%dT%H:%M:%SZ) 1"
    net_up
}

@test "what ends because days pass in which nobody answers" {
    local reference
    for what in preservation records emergency; do
        example "$what" | jq --arg reference "D-$what" '.reference = $reference' >"$NET_TOP/call.json"
        as XB-poc call --to XA/poc --request "$NET_TOP/call.json" --called-at now --caller 'officer 4711' --number-called-back '+99 555 0100' \
            --called-back-at now --said 'It cannot wait for a letter.' --reference "XB-D-$what"
        wait_until is_level "XB-D-$what"
        may_not XB-poc "XB-D-$what" NOT_OVERDUE release --why UNCONFIRMED
    done
    one_hold D1
    begin legal-info D2
    begin spontaneous D3
    begin records D4
    for reference in D1 D2 D3 D4; do
        r "$reference" ask --code OTHER_CODE --question 'What is meant?' --blocking --by +1d
    done
    one_hold D5
    r D5 held
    begin ping D6 '.ping.by = (now + 86400 | todate)'
    wait_until has_letter D6 ECHO

    days_pass 6
    for reference in D1 D2 D3 D4; do # reminded, when there was time to answer
        r "$reference" ask --code OTHER_CODE --question 'What is meant?' --blocking --by +1d
    done
    days_pass 12
    for what in preservation records emergency; do
        r "XB-D-$what" release --why UNCONFIRMED --called-at now
    done
    for reference in D1 D2 D3; do
        r "$reference" release --why ABANDONED
        stands "$reference" 'ENDED ABANDONED'
    done
    wait_until stands D6 'ENDED SILENT' # the node says so by itself
    may_not XB-poc D4 NOT_SILENT release --why GIVEN_UP
    may_not XB-poc D5 TOO_EARLY release --why EXPIRED

    days_pass 95
    r D4 release --why GIVEN_UP --officer duty --officer head
    stands D4 'ENDED ABANDONED'
    r D5 release --why EXPIRED
    stands D5 'ENDED EXPIRED'
}

@test "no letter of any machine was left out" {
    rows_of_table | LC_ALL=C sort -u >"$NET_TOP/rows"
    (rows_met XA-poc && rows_met XB-poc) | LC_ALL=C sort -u >"$NET_TOP/met"
    LC_ALL=C comm -23 "$NET_TOP/rows" "$NET_TOP/met" >"$NET_TOP/missed"
    cat "$NET_TOP/missed"
    [ "$(wc -l <"$NET_TOP/rows")" -eq "$(grep -c '^ROW' "$COMITY_TOP/nodes/lifecycle.def")" ]
    [ ! -s "$NET_TOP/missed" ]
}
