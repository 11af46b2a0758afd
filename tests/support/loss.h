/* SPDX-License-Identifier: Apache-2.0 */
/* A rig's node that finds its disk to have lost letters: the heads that show it, the questions to XA/poc, its last page. */
#ifndef COMITY_TESTS_SUPPORT_LOSS_H
#define COMITY_TESTS_SUPPORT_LOSS_H

#include "tests/support/node_control.h"

/* Not linked: a link whose heads show that numbers up to seq of ours are lost. The number of the question to XA/poc. */
uint64_t loss_show(struct rig *, uint32_t seq);
/* The turn with what is sealed first: at the heads (NULL: none), or when the keys of XA/poc have come. */
void loss_heads(struct rig *, Comity__PeerHead *);
/* The link is lost, and comes up again so much later; what is sealed first is heard. */
void loss_later(struct rig *, uint64_t ms);
/* The link holds for so long: the broker is heard, and the node looks, every half minute; questions arrive. */
void loss_live(struct rig *, uint64_t ms);

/* The question that was sealed in the last turn; header and id may be NULL. NULL: none. */
const Comity__Control *loss_question(struct rig *, const Comity__Header **ret_header,
                                     struct envelope_id *ret_id);
bool loss_asks(struct rig *);
/* Its number; there must be one. */
uint64_t loss_question_number(struct rig *);
/* It reaches XA/poc. */
void loss_question_arrives(struct rig *);
/* The next question, after the pause. */
uint64_t loss_ask_again(struct rig *);
/* A page with that letter, behind which are more, or (NULL) the last one without any; received and ended as below. */
void loss_page(struct rig *, struct control_chain *, uint64_t number, struct given *more, uint32_t received,
               uint32_t ended);
/* The last page without letters: how far XA/poc has our chain, and knows its own to have ended; 0: not told. */
void loss_last_page(struct rig *, struct control_chain *, uint64_t number, uint32_t received, uint32_t ended);
/* The question that was sealed in the last turn reaches XA/poc, and this page answers it. */
void loss_answer(struct rig *, struct control_chain *, uint32_t received, uint32_t ended);

/* The last page of a pass that began with others, and one more pass: all is whole. */
void loss_end(struct rig *, struct control_chain *, uint64_t number, uint32_t received);

/* Whether XA/poc, who must be asked, has nothing more of ours; XC/poc is asked to be sure, and its keys are not here. */
bool loss_is_done(struct rig *);

#endif
