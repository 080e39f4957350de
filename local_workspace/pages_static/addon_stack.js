// The cards of an open panel, one on the other, and how an answer's navigation changes them. Knows nothing of the page.

export class Stack {
  constructor() {
    this.cards = [];
  }

  get top() {
    return this.cards.at(-1) ?? null;
  }

  /**
   * Carries out an answer's moves in their order, all or none.
   * @param moves of an answer: [{pushCard}, {updateCard}, {pop}, {popToRoot}, {popToCard}]
   * @param make a card from its JSON
   * @param keep given (old, new) where a card takes another's place
   */
  move(moves, make, keep = () => undefined) {
    const cards = [...this.cards];
    for (const one of moves) {
      if (one.pushCard) cards.push(make(one.pushCard));
      else if (!cards.length) throw new Error(`${Object.keys(one)[0]}: there is no card on show.`);
      else if (one.updateCard) {
        const fresh = make(one.updateCard);
        keep(cards.at(-1), fresh);
        cards[cards.length - 1] = fresh;
      } else if (one.popToRoot) cards.length = 1;
      else if (one.pop) cards.length = Math.max(1, cards.length - 1);
      else {
        const at = cards.findLastIndex((card) => card.name === one.popToCard);
        if (at < 0) throw new Error(`popToCard: no card on show is named “${one.popToCard}”.`);
        cards.length = at + 1;
      }
    }
    this.cards = cards;
  }

  back() {
    if (this.cards.length > 1) this.cards.pop();
  }
}
